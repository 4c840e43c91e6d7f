using System.CommandLine;
using Qvmc.Cli.Output;
using Qvmc.Controller;
using Qvmc.Core.Faults;
using Qvmc.Gateway;
using Qvmc.Qemu;

namespace Qvmc.Cli.Daemons;

/// <summary><c>qvmc up</c>: all three daemons in this process, without privileges or configuration. How a newcomer starts.</summary>
internal static class UpVerb
{
    private const string DefaultHttp = "127.0.0.1:7070";

    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context)
    {
        var http = new Option<string?>("--http") { Description = $"Where to serve HTTP; {DefaultHttp} unless given", HelpName = "HOST:PORT" };
        var data = new Option<string?>("--data") { Description = "Directory of records, images and disks; $XDG_DATA_HOME/qvmc unless given", HelpName = "DIR" };
        var run = new Option<string?>("--run") { Description = "Directory of sockets; $XDG_RUNTIME_DIR/qvmc unless given", HelpName = "DIR" };
        var memory = new Option<uint>("--memory-percent") { Description = "How much of the host's memory may be promised to machines; 100 unless given", HelpName = "PERCENT" };
        var verbose = new Option<bool>("--verbose", "-v") { Description = "Log what is done" };
        var command = new Command("up", "Run everything here, for yourself, until Ctrl-C; machines outlive it") { http, data, run, memory, verbose };
        command.SetAction(async parse =>
        {
            var paths = UpPaths.Resolve(parse.GetValue(data), parse.GetValue(run), context.Terminal.Environment);
            var settings = new UpSettings(paths, HttpText.Complete(parse.GetValue(http) ?? DefaultHttp), parse.GetValue(verbose) ? "info" : "warn", parse.GetValue(memory));
            FaultException.ThrowIfAny(Faults(settings));
            paths.Make();
            using var upLock = UpLock.Take(paths.Run, $"{settings.Controller.Listen.Address} and {settings.Gateway.Listen.Address}");
            UpPort.CheckFree(settings.Gateway.Listen.Address);
            await RunAsync(context.Terminal, settings);
            return ExitCode.Success;
        });
        return command;
    }

    private static async Task RunAsync(Terminal terminal, UpSettings settings)
    {
        try
        {
            await new UpRun(terminal).RunAsync(
                [
                    ("qemu", () => QemuDaemon.Create(settings.Qemu)),
                    ("controller", () => ControllerDaemon.Create(settings.Controller)),
                    ("gateway", () => GatewayDaemon.Create(settings.Gateway)),
                ],
                settings.Controller.Listen.Address);
        }
        catch (OperationCanceledException) when (terminal.IsInterrupted)
        {
            // Ctrl-C before it was ready.
        }
    }

    private static IReadOnlyList<FieldFault> Faults(UpSettings settings) =>
    [
        .. Of("qemu", QemuSettingsRules.Check(settings.Qemu)),
        .. Of("controller", ControllerSettingsRules.Check(settings.Controller)),
        .. Of("gateway", GatewaySettingsRules.Check(settings.Gateway)),
    ];

    private static IEnumerable<FieldFault> Of(string daemon, IReadOnlyList<FieldFault> faults) =>
        faults.Select(fault => new FieldFault($"{daemon}.{fault.Field}", fault.Message));
}

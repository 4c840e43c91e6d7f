using System.CommandLine;
using Qvmc.Cli.Daemons;
using Qvmc.Controller.Recovery;
using Qvmc.Core.Faults;

namespace Qvmc.Cli.Recovery;

/// <summary><c>qvmc recover</c>: makes the controller's records again from what hosts have, when its store is lost.</summary>
internal static class RecoverVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context)
    {
        var config = new Option<string?>("--config", "-c") { Description = "The controller's configuration; qvmc up's directories unless given", HelpName = "FILE" };
        var hosts = new Option<string[]>("--host") { Description = "A host's configuration (qvmc qemu)", HelpName = "FILE", DefaultValueFactory = _ => [] };
        var machines = new Option<string[]>("--machines") { Description = "A host's state directory, or a copy of it", HelpName = "NODE=DIR", DefaultValueFactory = _ => [] };
        var without = new Option<string[]>("--without") { Description = "Leave a host's machines out", HelpName = "NODE", DefaultValueFactory = _ => [] };
        var data = new Option<string?>("--data") { Description = "The directory of qvmc up; $XDG_DATA_HOME/qvmc unless given", HelpName = "DIR" };
        var write = new Option<bool>("--write") { Description = "Write a new store; without it nothing is changed" };
        var replace = new Option<bool>("--replace") { Description = "Even in the place of a sound store, which is moved aside" };
        var command = new Command("recover", "Make the controller's records again from the machines' directories, when its store is lost")
        {
            config, hosts, machines, without, data, write, replace, context.Format,
        };
        command.SetAction(async parse =>
        {
            var sources = parse.GetValue(config) is { } file
                ? RecoverySources.Of(file, parse.GetValue(hosts)!, parse.GetValue(machines)!, parse.GetValue(without)!)
                : RecoverySources.OfUp(Path.GetFullPath(parse.GetValue(data) ?? UpPaths.DefaultData(context.Terminal.Environment)));
            var report = await RunAsync(sources, parse.GetValue(write), parse.GetValue(replace), context.Terminal.Clock);
            report.Write(context.Printer(parse));
            return report.IsComplete ? ExitCode.Success : ExitCode.Failure;
        });
        return command;
    }

    private static async Task<RecoveryReport> RunAsync(RecoverySources sources, bool write, bool replace, TimeProvider time)
    {
        var found = sources.Find();
        var recovery = new RecordRecovery(sources.Controller);
        var records = recovery.Make(RecoverySources.Usable(found));
        using var store = recovery.Begin();
        var state = await store.ExamineAsync();
        var report = new RecoveryReport(recovery.StorePath, state, found, records);
        if (!write)
        {
            return report;
        }

        if (state is { Length: 0 } && !replace)
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"the store {recovery.StorePath} is sound: there is nothing to recover; --replace makes a new one nevertheless, and moves this one aside");
        }

        if (records.Instances.Count == 0 && records.Images.Count == 0)
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"neither machines nor images were found in {string.Join(", ", sources.Hosts.Values)}: nothing was written");
        }

        return report with { MovedTo = await store.ReplaceAsync(s => RecordRecovery.FillAsync(s, records), time.GetUtcNow()) ?? "", IsWritten = true };
    }
}

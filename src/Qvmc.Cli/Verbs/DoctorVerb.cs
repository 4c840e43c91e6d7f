using System.CommandLine;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Daemons;
using Qvmc.Cli.Doctor;
using Qvmc.Cli.Doctor.Networks;
using Qvmc.Core.Faults;
using Qvmc.Protos.Settings.V1;
using Qvmc.Qemu.Host;

namespace Qvmc.Cli.Verbs;

/// <summary><c>qvmc doctor</c>: looks at all that machines need on this host, and says how to mend what is missing.</summary>
internal static class DoctorVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(VerbContext context)
    {
        var command = context.Client("doctor", "Check that machines can run here, and say how to mend what can't", context.Format);
        context.SetAction(command, async (parse, connection) =>
            DoctorReport.Write(context.Printer(parse), await FindAsync(context, connection, context.Terminal.Interrupted)));
        return command;
    }

    private static async Task<IReadOnlyList<Finding>> FindAsync(VerbContext context, ControllerConnection connection, CancellationToken cancellationToken)
    {
        var target = QemuTarget.Of(new QemuSettings());
        var findings = new List<Finding>
        {
            await ToolCheck.RunAsync(target.BinaryName, cancellationToken),
            await ToolCheck.RunAsync("qemu-img", cancellationToken),
            await ToolCheck.DecompressorAsync("gzip", cancellationToken),
            await ToolCheck.DecompressorAsync("xz", cancellationToken),
            await ToolCheck.DecompressorAsync("zstd", cancellationToken),
            AcceleratorCheck.Run(),
            Data(context.Terminal.Environment),
            DirectoryCheck.Run("sockets", ControllerAddress.RunDirectory(context.Terminal.Environment), needsRoom: false, "qvmc up --run"),
        };
        if (OperatingSystem.IsLinux())
        {
            findings.Insert(2, await ToolCheck.ConfinementAsync(cancellationToken));
            findings.Add(HostChecks.Memory(await File.ReadAllTextAsync("/proc/meminfo", cancellationToken)));
        }

        if (target.NeedsFirmware)
        {
            findings.Add(await FirmwareCheck.RunAsync(new QemuSettings(), cancellationToken));
        }

        findings.Add(HostChecks.Clock(context.Terminal.Clock.GetUtcNow()));
        findings.AddRange(await ServiceChecks.RunAsync(connection, cancellationToken));
        findings.AddRange(await NetworkChecks.RunAsync(connection, cancellationToken));
        return findings;
    }

    private static Finding Data(Func<string, string?> environment)
    {
        const string check = "data";
        try
        {
            return DirectoryCheck.Run(check, UpPaths.DefaultData(environment), needsRoom: true, "qvmc up --data");
        }
        catch (FaultException fault)
        {
            return new Finding(check, Outcome.Fail, fault.Message, "qvmc up --data DIR");
        }
    }
}

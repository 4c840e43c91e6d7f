using Qvmc.Cli.Arguments;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Instances;
using Qvmc.Cli.Output;
using Qvmc.Core.Instances;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Launching;

/// <summary>Says how a launch ended, and what to do when it did not end well.</summary>
internal sealed class LaunchReport(ControllerConnection connection, Terminal terminal, Printer printer)
{
    /// <summary>Writes the report.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> WriteAsync(LaunchWait wait, LaunchEnd end)
    {
        var instance = end.Instance;
        var name = instance.Name;
        var goal = WaitConditions.Phrase(wait.Condition);
        switch (end.Ending)
        {
            case LaunchEnding.Reached:
                WriteWarnings(instance);
                printer.One(instance, _ => WriteSummary(instance, goal, wait.Elapsed));
                return ExitCode.Success;

            case LaunchEnding.Failed:
                terminal.Error.WriteLine($"qvmc: {name} failed: {Plain.Line(CauseOf(instance))}");
                var error = instance.Status.LastError ?? new LastError();
                var console = error.ConsoleTail.Length > 0 ? error.ConsoleTail : await ConsoleEnd.TryReadAsync(connection, name);
                InstanceDetail.WriteTail(terminal.Error, "The end of its console:", console);
                InstanceDetail.WriteTail(terminal.Error, "The end of QEMU's own messages:", error.QemuLogTail);
                terminal.Error.WriteLine($"\"qvmc start {name}\" tries again; \"qvmc delete {name}\" removes it.");
                return ExitCode.Failure;

            case LaunchEnding.Stopped:
                var reason = instance.Status.Reason.Length > 0 ? $" ({Plain.Line(instance.Status.Reason)})" : "";
                terminal.Error.WriteLine($"qvmc: {name} stopped before it was {goal}{reason}");
                InstanceDetail.WriteTail(terminal.Error, "The end of its console:", await ConsoleEnd.TryReadAsync(connection, name));
                return ExitCode.Failure;

            case LaunchEnding.CloudInitFailed:
                terminal.Error.WriteLine($"qvmc: {name} {Plain.Line(CloudInitFailure.Of(instance.Status) ?? "was not done with cloud-init")}");
                terminal.Error.WriteLine($"It goes on. \"qvmc exec {name} -- tail /var/log/cloud-init-output.log\" looks further.");
                return ExitCode.Failure;

            case LaunchEnding.Deleted:
                terminal.Error.WriteLine($"qvmc: {name} was deleted before it was {goal}");
                return ExitCode.Failure;

            case LaunchEnding.TimedOut:
                terminal.Error.WriteLine($"qvmc: {name} was not {goal} within {DurationText.Of(wait.Timeout)}; it got as far as: {StageText.Phrase(instance)}");
                InstanceDetail.WriteTail(terminal.Error, "The end of its console:", await ConsoleEnd.TryReadAsync(connection, name));
                terminal.Error.WriteLine($"It goes on. \"qvmc info {name} --console\" looks further, \"qvmc wait {name}\" waits on.");
                return ExitCode.Timeout;

            case LaunchEnding.Interrupted:
                terminal.Error.WriteLine($"qvmc: interrupted; {name} goes on ({StageText.Phrase(instance)})");
                terminal.Error.WriteLine($"\"qvmc info {name}\" shows it, \"qvmc wait {name}\" waits on, \"qvmc delete {name} --force\" removes it.");
                return ExitCode.Interrupted;

            default:
                throw new ArgumentOutOfRangeException(nameof(end), end.Ending, "not an ending");
        }
    }

    private static string CauseOf(Instance instance) => instance.Status.LastError switch
    {
        { Message.Length: > 0 } error => error.Message,
        { Reason.Length: > 0 } error => error.Reason,
        _ => "the host did not say why",
    };

    private void WriteWarnings(Instance instance)
    {
        foreach (var warning in instance.Status.Warnings)
        {
            terminal.Error.WriteLine($"qvmc: warning: {Plain.Line(warning)}");
        }
    }

    private void WriteSummary(Instance instance, string goal, TimeSpan elapsed)
    {
        terminal.Out.Write($"{instance.Name} is {goal} ({DurationText.Of(elapsed)})\n");
        foreach (var address in instance.Status.Addresses)
        {
            terminal.Out.Write($"  address  {Plain.Line(address.Ip)} ({Plain.Line(address.Interface)})\n");
        }

        // The agent answers before the guest has an address: nobody has to wait for that who does not need it.
        if (instance.Status.Addresses.Count == 0)
        {
            terminal.Out.Write($"  address  none yet; \"qvmc wait {instance.Name} --for address\" waits for one\n");
        }

        foreach (var forward in instance.Spec.Forwards)
        {
            terminal.Out.Write($"  forward  {Plain.Line(ForwardText.Of(forward))}\n");
        }
    }
}

using Qvmc.Core.Instances;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Instances;

/// <summary>How far an instance is, in words.</summary>
internal static class StageText
{
    /// <summary>A few words while somebody waits: "making the disk".</summary>
    public static string Phrase(Instance instance)
    {
        var status = instance.Status ?? new InstanceStatus();
        return status.State switch
        {
            State.Starting or State.Stopped when WaitsForImage(instance) => $"waiting for the image {instance.Spec.Image}",
            State.Starting or State.Stopping or State.Running when status.Stage != Stage.Unspecified => Phrase(status.Stage),
            State.Running when Met(instance, ConditionType.Ready) => CloudInitText.Working(status) is { } working ? $"ready; cloud-init works ({working})" : "ready",
            State.Running => IsSilent(instance) ? "running; the guest agent is silent" : "running",
            State.Starting => "starting",
            State.Stopping => "stopping",
            State.Stopped => status.Stage == Stage.Queued ? Phrase(Stage.Queued) : "stopped",
            State.Paused => "paused",
            State.Failed => "failed",
            State.Unspecified when status.Stage == Stage.Unspecified => Phrase(Stage.Queued),
            State.Unspecified => Phrase(status.Stage),
            State.Unknown => status.Reason == StatusReasons.MonitorSilent ? "its QEMU does not answer" : "its host can't be reached",
        };
    }

    /// <summary>One word for a column: "ready", "booting", "disk", or why it is stopped or failed.</summary>
    public static string Word(Instance instance)
    {
        var status = instance.Status ?? new InstanceStatus();
        if (status.Stage != Stage.Unspecified)
        {
            return status.Stage.ToString().ToLowerInvariant();
        }

        return status.State switch
        {
            State.Running when Met(instance, ConditionType.Ready) => "ready",
            State.Running when IsSilent(instance) => "silent",
            State.Failed when status.LastError is { Reason.Length: > 0 } error => error.Reason,
            _ => status.Reason,
        };
    }

    /// <summary>The state as the interface names it, without its prefix: "RUNNING".</summary>
    public static string Name(State state) => state.ToString().ToUpperInvariant();

    /// <summary>Whether a condition is known to hold.</summary>
    public static bool Met(Instance instance, ConditionType type) =>
        instance.Status?.Conditions.Any(condition => condition.Type == type && condition.Met) ?? false;

    // It answered, and does not any more: otherwise the machine is booting.
    private static bool IsSilent(Instance instance) =>
        instance.Status.Conditions.Any(condition => condition is { Type: ConditionType.Ready, Met: false, Reason: StatusReasons.AgentSilent });

    /// <summary>Whether its image is still being fetched, and so there is no machine yet.</summary>
    public static bool WaitsForImage(Instance instance) =>
        instance.Status?.Conditions.Any(condition => condition is { Type: ConditionType.Image, Met: false }) ?? false;

    private static string Phrase(Stage stage) => stage switch
    {
        Stage.Unspecified => "",
        Stage.Queued => "waiting for its host",
        Stage.Image => "checking the image",
        Stage.Disk => "making the disk",
        Stage.Seed => "writing the seed",
        Stage.Network => "attaching networks",
        Stage.Spawn => "starting QEMU",
        Stage.Monitor => "waiting for QEMU's monitor",
        Stage.Booting => "booting; waiting for the guest agent",
        Stage.AgentShutdown => "asking the guest to shut down",
        Stage.Powerdown => "pressing the power button",
        Stage.Quit => "telling QEMU to quit",
        Stage.Kill => "killing QEMU",
        Stage.Cleanup => "cleaning up",
    };
}

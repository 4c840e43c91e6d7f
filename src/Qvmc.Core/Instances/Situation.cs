using Google.Protobuf.WellKnownTypes;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Core.Instances;

/// <summary>What a command is judged against: the instance as its user sees it, and what is under way.</summary>
/// <param name="Name">Its name.</param>
/// <param name="State">As <see cref="StatusView"/> composed it.</param>
/// <param name="SeenDown">Its host's last word was that there is no process.</param>
/// <param name="StartPending">A start is wanted that its host has not begun.</param>
/// <param name="Wanted">The wanted power state.</param>
/// <param name="Deleting">A deletion was accepted.</param>
/// <param name="Forced">The stop, or the deletion, that was accepted last is by force.</param>
/// <param name="Lost">Why it can never start again; null normally.</param>
/// <param name="WithoutImage">It waits for its image, and so there is no machine.</param>
/// <param name="Silent">It is UNKNOWN because its QEMU does not answer; its host does.</param>
/// <param name="Grace">How long the stop that was accepted last leaves the guest; null: what its host allows.</param>
public sealed record Situation(
    string Name, State State, bool SeenDown, bool StartPending, PowerState Wanted, bool Deleting, bool Forced, string? Lost, bool WithoutImage = false, bool Silent = false, Duration? Grace = null)
{
    /// <summary>Whether a stop with this grace ends it sooner. What its host allows is not known here: then it may.</summary>
    public bool IsShorter(Duration? grace) =>
        !Forced && grace is not null && (Grace is null || grace.ToTimeSpan() < Grace.ToTimeSpan());

    /// <summary>It is wanted to have a process.</summary>
    public bool WantsProcess => Wanted is PowerState.Running or PowerState.Paused;

    /// <summary>The situation of a record.</summary>
    public static Situation Of(InstanceRecord record, Observation seen)
    {
        var status = StatusView.Compose(record, seen);
        var deleting = record.Instance.DeleteTime is not null;
        return new Situation(
            record.Instance.Name,
            status.State,
            seen.Machine?.Status.State is State.Stopped or State.Failed,
            StatusView.StartPending(record, seen.Machine),
            record.Instance.Spec.Power,
            deleting,
            deleting ? record.DeleteForce : record.Stop?.Force == true,
            seen.Lost ? status.LastError.Message : null,
            ImageNeed.IsOpen(record),
            status is { State: State.Unknown, Reason: StatusReasons.MonitorSilent },
            record.Stop?.Grace);
    }
}

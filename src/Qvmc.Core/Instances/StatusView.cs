using Google.Protobuf.WellKnownTypes;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Core.Instances;

/// <summary>
/// The status that users see: the host's word where it speaks of the latest order, and what is certain before that.
/// An order that the host has not taken up shows as STARTING or STOPPING, stage QUEUED; a host that can't be reached
/// makes the state UNKNOWN. A failure of an earlier run is not shown once another start is wanted.
/// </summary>
public static partial class StatusView
{
    /// <summary>The instance as users see it.</summary>
    /// <param name="record">As stored.</param>
    /// <param name="etag">Names the record's revision.</param>
    /// <param name="seen">What is known of its machine.</param>
    public static Instance Instance(InstanceRecord record, string etag, Observation seen)
    {
        var instance = record.Instance.Clone();
        instance.Etag = etag;
        instance.Status = Compose(record, seen);
        return instance;
    }

    /// <summary>The status alone.</summary>
    public static InstanceStatus Compose(InstanceRecord record, Observation seen)
    {
        if (ImageNeed.IsOpen(record))
        {
            return WithoutImage(record, seen);
        }

        var status = seen.Machine?.Status.Clone() ?? new InstanceStatus { State = State.Stopped };
        status.Node = record.Node;
        AddNics(record, seen, status);
        if (!System.Enum.IsDefined(status.State))
        {
            // A newer host's: not known to this version.
            status.State = State.Unspecified;
        }

        AddHostCondition(status, seen.Host);
        if (seen.Lost)
        {
            ShowLost(record, status, seen.Host);
        }
        else if (!seen.Host.Reachable)
        {
            ShowUnreachable(record, status, seen.Host);
        }
        else
        {
            ShowPending(record, seen.Machine, status);
            ShowTrouble(record, seen, status);
        }

        return status;
    }

    /// <summary>Whether a start is wanted that the host has not begun.</summary>
    public static bool StartPending(InstanceRecord record, Machine? machine) =>
        record.Instance.Spec.Power is PowerState.Running or PowerState.Paused && record.Boot > (machine?.Status.Boot ?? 0);

    private static void ShowPending(InstanceRecord record, Machine? machine, InstanceStatus status)
    {
        var up = status.State is State.Starting or State.Running or State.Paused;
        if (record.Instance.DeleteTime is not null)
        {
            if (up && record.DeleteForce)
            {
                Queue(status, State.Stopping);
            }
        }
        else if (StartPending(record, machine))
        {
            // An older run has to end first; a machine that is stopping shows its own stage, and one whose monitor does
            // not answer that nobody knows.
            if (up)
            {
                Queue(status, State.Stopping);
            }
            else if (status.State is State.Stopped or State.Failed)
            {
                Queue(status, State.Starting);
                status.LastError = null;
            }
        }
        else if (record.Instance.Spec.Power == PowerState.Stopped && up && status.ObservedGeneration < record.Instance.Generation)
        {
            Queue(status, State.Stopping);
        }
    }

    private static void ShowTrouble(InstanceRecord record, Observation seen, InstanceStatus status)
    {
        if (seen.Trouble is not { } trouble || trouble.Generation != record.Instance.Generation)
        {
            return;
        }

        if (trouble.Refused && status is { State: State.Starting, Stage: Stage.Queued })
        {
            Fail(status, trouble.Reason, trouble.Message, trouble.Time);
        }
        else
        {
            status.Warnings.Add(trouble.Message);
        }
    }

    private static void ShowLost(InstanceRecord record, InstanceStatus status, HostLink host) => Fail(
        status,
        StatusReasons.MachineLost,
        $"host {Shown.Quote(record.Node)} has no machine {record.Instance.Uid} any more, and so no disk of it: bring the host's state directory back, or delete the instance",
        host.Since);

    private static void Fail(InstanceStatus status, string reason, string message, Timestamp time)
    {
        status.State = State.Failed;
        status.Stage = Stage.Unspecified;
        status.Reason = reason;
        status.LastError = new LastError { Reason = reason, Message = message, Time = time };
    }

    private static void ShowUnreachable(InstanceRecord record, InstanceStatus status, HostLink host)
    {
        // Without a first start there is certainly no process, whoever can be reached.
        status.State = record.Boot == 0 ? State.Stopped : State.Unknown;
        status.Stage = Stage.Unspecified;
        status.Reason = record.Boot == 0 ? "" : "HostUnreachable";
        status.Pid = 0;
        foreach (var condition in status.Conditions.Where(c => c.Met && c.Type is (ConditionType.Ready or ConditionType.HasAddress or ConditionType.CloudInit)))
        {
            condition.Met = false;
            condition.Reason = "HostUnreachable";
            condition.Message = host.Message;
            condition.TransitionTime = host.Since;
        }
    }

    private static void Queue(InstanceStatus status, State state)
    {
        status.State = state;
        status.Stage = Stage.Queued;
        status.Reason = "";
    }

    private static void AddHostCondition(InstanceStatus status, HostLink host) => status.Conditions.Add(new Condition
    {
        Type = ConditionType.HostReachable,
        Met = host.Reachable,
        Reason = host.Reachable ? "Connected" : "Disconnected",
        Message = host.Message,
        TransitionTime = host.Since,
    });
}

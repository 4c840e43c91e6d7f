using Google.Protobuf.WellKnownTypes;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Core.Instances;

/// <summary>Instances that wait for their image. Whoever can be reached, there is no machine.</summary>
public static partial class StatusView
{
    private static InstanceStatus WithoutImage(InstanceRecord record, Observation seen)
    {
        var status = new InstanceStatus { State = State.Stopped, Node = record.Node };
        AddNics(record, seen, status);
        AddHostCondition(status, seen.Host);
        var fault = ImageNeed.Fault(record, seen.Image);
        var since = seen.Image?.Since ?? record.Instance.CreateTime ?? new Timestamp();
        status.Conditions.Add(new Condition
        {
            Type = ConditionType.Image,
            Met = false,
            Reason = fault is not null ? ImageNeed.Failed : seen.Image!.Arrival == ImageArrival.Here ? "Taking" : "Pulling",
            Message = fault ?? seen.Image!.Message,
            TransitionTime = since,
        });
        if (record.Instance.DeleteTime is not null)
        {
            return status;
        }

        if (!StartPending(record, null))
        {
            status.Warnings.AddRange(fault is null ? [] : [fault]);
        }
        else if (fault is not null)
        {
            Fail(status, ImageNeed.Failed, fault, since);
        }
        else
        {
            (status.State, status.Stage) = (State.Starting, Stage.Image);
        }

        return status;
    }
}

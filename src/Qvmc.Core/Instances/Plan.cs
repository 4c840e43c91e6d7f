using Qvmc.Core.Networks;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Core.Instances;

/// <summary>Desired and observed give the next action: level-triggered, so that any number of missed events does no harm.</summary>
public static class Plan
{
    /// <summary>The next thing to do.</summary>
    /// <param name="record">What is wanted.</param>
    /// <param name="seen">What is known.</param>
    /// <param name="removed">
    /// The host answered that the machine is gone. That it speaks of none is not enough: an order may be on its way.
    /// </param>
    public static PlanStep Next(InstanceRecord record, Observation seen, bool removed)
    {
        if (ImageNeed.IsOpen(record))
        {
            return NextWithoutImage(record, seen);
        }

        if (record.Instance.DeleteTime is not null)
        {
            return removed ? PlanStep.Forget : PlanStep.Remove;
        }

        // Ordering a lost machine again would put an empty disk in the place of the user's.
        if (seen.Lost)
        {
            return PlanStep.Nothing;
        }

        var observed = seen.Machine?.Status.ObservedGeneration ?? 0;
        return observed.CompareTo(record.Instance.Generation) switch
        {
            < 0 => NicReservations.AreMissing(record, seen.Networks) ? PlanStep.ReserveAddresses : PlanStep.Ensure,
            0 => PlanStep.Nothing,
            > 0 => PlanStep.Overtake,
        };
    }

    // No host knows of it.
    private static PlanStep NextWithoutImage(InstanceRecord record, Observation seen)
    {
        if (record.Instance.DeleteTime is not null)
        {
            return PlanStep.Forget;
        }

        return seen.Image?.Arrival == ImageArrival.Here && ImageNeed.Fault(record, seen.Image) is null ? PlanStep.TakeImage : PlanStep.Nothing;
    }
}

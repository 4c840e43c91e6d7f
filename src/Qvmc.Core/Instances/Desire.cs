using Google.Protobuf.WellKnownTypes;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Core.Instances;

/// <summary>
/// What an accepted command makes of a record. Every change raises the generation. A start that needs a new run raises
/// <see cref="InstanceRecord.Boot"/>, the number of the start that is wanted: the host starts a machine once for each
/// number, so that repeated orders never bring back a guest that shut itself down.
/// </summary>
public static class Desire
{
    /// <summary>Wants it running, or started standing still.</summary>
    public static InstanceRecord Start(InstanceRecord record, Observation seen, bool paused)
    {
        var next = Next(record, seen.Machine);
        next.Instance.Spec.Power = paused ? PowerState.Paused : PowerState.Running;

        // Only going on after a pause, or turning a paused start into another, needs no new run.
        if (!StatusView.StartPending(record, seen.Machine) && Situation.Of(record, seen).State is not (State.Starting or State.Paused))
        {
            next.Boot = NextBoot(record, seen.Machine);
        }

        return next;
    }

    /// <summary>Wants it stopped.</summary>
    public static InstanceRecord Stop(InstanceRecord record, Observation seen, StopPolicy? policy)
    {
        var next = Next(record, seen.Machine);
        next.Instance.Spec.Power = PowerState.Stopped;
        next.Stop = policy?.Clone();
        return next;
    }

    /// <summary>Wants a new run.</summary>
    public static InstanceRecord Restart(InstanceRecord record, Observation seen, StopPolicy? policy)
    {
        var next = Next(record, seen.Machine);
        next.Instance.Spec.Power = PowerState.Running;
        next.Stop = policy?.Clone();
        next.Boot = NextBoot(record, seen.Machine);
        return next;
    }

    /// <summary>Wants it gone.</summary>
    public static InstanceRecord Delete(InstanceRecord record, Observation seen, bool force, Timestamp now)
    {
        var next = Next(record, seen.Machine);
        next.Instance.DeleteTime ??= now;
        next.DeleteForce |= force;
        return next;
    }

    /// <summary>A copy with the next generation, for changes that are made in place.</summary>
    public static InstanceRecord Next(InstanceRecord record, Machine? machine)
    {
        var next = record.Clone();

        // A store that was put back from a backup may be behind what the host has seen.
        next.Instance.Generation = Math.Max(record.Instance.Generation, machine?.Status.ObservedGeneration ?? 0) + 1;
        return next;
    }

    /// <summary>The order that carries a record's desire to its host.</summary>
    public static MachineOrder Order(InstanceRecord record) => new()
    {
        Uid = record.Instance.Uid,
        Name = record.Instance.Name,
        Generation = record.Instance.Generation,
        Spec = record.Instance.Spec.Clone(),
        ImageDigest = record.ImageDigest,
        ImageFormat = record.ImageFormat,
        Boot = record.Boot,
        Stop = record.Stop?.Clone(),
    };

    private static uint NextBoot(InstanceRecord record, Machine? machine) => Math.Max(record.Boot, machine?.Status.Boot ?? 0) + 1;
}

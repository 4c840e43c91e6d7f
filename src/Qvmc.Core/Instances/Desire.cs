using Google.Protobuf.WellKnownTypes;
using Qvmc.Core.Networks;
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
        var state = Situation.Of(record, seen).State;
        if (!StatusView.StartPending(record, seen.Machine) && state is not (State.Starting or State.Paused))
        {
            next.Boot = NextBoot(record, seen.Machine);
        }

        if (state == State.Paused && !paused)
        {
            next.Resume = next.Instance.Generation;
        }

        return next;
    }

    /// <summary>Wants its guest's processors to stand still.</summary>
    public static InstanceRecord Pause(InstanceRecord record, Observation seen)
    {
        var next = Next(record, seen.Machine);
        next.Instance.Spec.Power = PowerState.Paused;
        return next;
    }

    /// <summary>Wants a guest that stands still to go on.</summary>
    public static InstanceRecord Resume(InstanceRecord record, Observation seen)
    {
        var next = Next(record, seen.Machine);
        next.Instance.Spec.Power = PowerState.Running;
        next.Resume = next.Instance.Generation;
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

    /// <summary>The record of an instance that waited for its image, completed with it.</summary>
    public static InstanceRecord TakeImage(InstanceRecord record, ImageRecord image)
    {
        // No host has had an order yet: what the generation stands for is complete only now.
        var next = record.Clone();
        next.ImageDigest = image.Digest;
        next.ImageFormat = image.Format;
        next.InstallAgent = ImageNeed.InstallsAgent(image.GuestAgent, record.Instance.Spec.CloudInit);
        if (next.Instance.Spec.DiskMib == 0)
        {
            next.Instance.Spec.DiskMib = InstanceRules.DefaultDiskMib(image);
        }

        return next;
    }

    /// <summary>The record of an instance whose host's networks were not known when it was launched, with the addresses that it lacks.</summary>
    /// <exception cref="Faults.FaultException">It can't have them.</exception>
    public static InstanceRecord ReserveAddresses(InstanceRecord record, Observation seen, HostHoldings held)
    {
        // While no host has had an order, what the generation stands for is complete only now.
        var next = seen.Machine is null ? record.Clone() : Next(record, seen.Machine);
        NicReservations.Update(next, seen.Networks, held);
        return next;
    }

    /// <summary>A copy with the next generation, for changes that are made in place.</summary>
    public static InstanceRecord Next(InstanceRecord record, Machine? machine)
    {
        var next = record.Clone();
        if (machine?.Status.ObservedGeneration >= record.Instance.Generation)
        {
            // The host has that in its own record.
            next.RemovedDisks.Clear();
        }

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
        InstallAgent = record.InstallAgent,
        CdromDigests = { record.CdromDigests },
        RemovedDisks = { record.RemovedDisks },
        NicAddresses = { record.NicAddresses },
        Labels = { record.Instance.Labels },
        CreateTime = record.Instance.CreateTime?.Clone(),
        RequestId = record.RequestId,
        RequestHash = record.RequestHash,
        Resume = record.Resume,
    };

    /// <summary>The record that an order came from, as far as an order tells: what <see cref="Order"/> would make the order of.</summary>
    /// <param name="order">The order.</param>
    /// <param name="node">The host that has it.</param>
    /// <param name="created">When it was launched, of an order that does not say.</param>
    public static InstanceRecord Recover(MachineOrder order, string node, Timestamp created) => new()
    {
        Instance = new Instance
        {
            Name = order.Name,
            Uid = order.Uid,
            Generation = order.Generation,
            Labels = { order.Labels },
            CreateTime = order.CreateTime ?? created,
            Spec = order.Spec.Clone(),
        },
        Node = node,
        ImageDigest = order.ImageDigest,
        ImageFormat = order.ImageFormat,
        Boot = order.Boot,
        Stop = order.Stop?.Clone(),
        RequestId = order.RequestId,
        RequestHash = order.RequestHash,
        CdromDigests = { order.CdromDigests },
        InstallAgent = order.InstallAgent,
        RemovedDisks = { order.RemovedDisks },
        NicAddresses = { order.NicAddresses },
        Resume = order.Resume,
    };

    private static uint NextBoot(InstanceRecord record, Machine? machine) => Math.Max(record.Boot, machine?.Status.Boot ?? 0) + 1;
}

using Google.Protobuf.Collections;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Qemu.CommandLine;
using Qvmc.Qemu.Networks;

namespace Qvmc.Qemu.Changes;

/// <summary>
/// What must be changed in a machine that runs, so that its interfaces and port forwards are as ordered: a pure function
/// of what it runs on and what is wanted.
/// </summary>
/// <remarks>
/// An interface that comes or goes is on record before anything is done: whatever is half made is known to whoever gives
/// it back, and a guest that was told to let go of an interface does so even if that is wanted again meanwhile.
/// </remarks>
internal static class NicPlan
{
    /// <summary>The steps, in an order in which each can be taken. An interface that another one replaces goes first.</summary>
    internal static IReadOnlyList<LiveStep> Steps(MachineRecord record, NetworkTable networks)
    {
        if (record.Run is not { Spec: { } runs } run)
        {
            return [];
        }

        var (known, order) = (Of(runs, networks), record.Order);
        var has = known.Where(n => !run.NicsComing.Contains(n.Slot) && !run.NicsGoing.Contains(n.Slot)).ToList();
        var wants = record.NicLayout == NicPlaces.OnRootBus ? has : Of(order.Spec, networks);
        var (carries, shall) = (Carrier(has, networks), Carrier(wants, networks));
        if (runs.Forwards.Count > 0 && carries is not null && !carries.Equals(shall))
        {
            // They are taken from one before another gets them: the ports of the host are the same.
            return [new LiveStep.SetForwards(carries.Slot, [])];
        }

        return
        [
            .. known.Where(k => run.NicsGoing.Contains(k.Slot) || !wants.Contains(k)).Select(k => new LiveStep.UnplugNic(k)),
            .. wants.Where(w => known.All(k => k.Slot != w.Slot) || (run.NicsComing.Contains(w.Slot) && known.Contains(w)))
                .Select(w => new LiveStep.PlugNic(w, order.NicAddresses.FirstOrDefault(a => a.Slot == w.Slot)?.Clone())),
            .. !runs.Forwards.Equals(order.Spec.Forwards) && (shall is null || has.Contains(shall))
                ? [new LiveStep.SetForwards(shall?.Slot ?? 0, order.Spec.Forwards.Clone())]
                : Array.Empty<LiveStep>(),
        ];
    }

    /// <summary>The machine's interfaces are not as ordered, and will be only when it starts anew.</summary>
    internal static bool WaitsForStart(MachineRecord record, NetworkTable networks) =>
        record.NicLayout == NicPlaces.OnRootBus && record.Run?.Spec is { } runs && !Of(runs, networks).SequenceEqual(Of(record.Order.Spec, networks));

    /// <summary>Notes in a run that a step is about to be taken.</summary>
    /// <returns>There was something to note.</returns>
    internal static bool Begin(MachineRun run, LiveStep step)
    {
        switch (step)
        {
            case LiveStep.PlugNic { Nic.Slot: var slot } s when !run.NicsComing.Contains(slot):
                run.Spec.Nics.Add(s.Nic.Clone());
                run.NicsComing.Add(slot);
                SetAddress(run, slot, s.Address);
                return true;
            case LiveStep.PlugNic { Nic.Slot: var slot } s:
                SetAddress(run, slot, s.Address);
                return true;
            case LiveStep.UnplugNic { Nic.Slot: var slot } when !run.NicsGoing.Contains(slot):
                run.NicsComing.Remove(slot);
                run.NicsGoing.Add(slot);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Notes in a run that a step was taken.</summary>
    internal static void Note(MachineRun run, LiveStep step)
    {
        switch (step)
        {
            case LiveStep.PlugNic s:
                run.NicsComing.Remove(s.Nic.Slot);
                break;
            case LiveStep.UnplugNic s:
                Remove(run.Spec.Nics, n => n.Slot == s.Nic.Slot);
                SetAddress(run, s.Nic.Slot, null);
                run.NicsGoing.Remove(s.Nic.Slot);
                break;
            case LiveStep.SetForwards s:
                run.Spec.Forwards.Clear();
                run.Spec.Forwards.Add(s.Forwards.Clone());
                break;
        }
    }

    /// <summary>Writes to each interface its slot, which is its position where none is told.</summary>
    internal static void FixSlots(InstanceSpec spec)
    {
        foreach (var (nic, i) in spec.Nics.Select((n, i) => (n, i)))
        {
            nic.Slot = MachineNic.SlotOf(nic, i);
        }
    }

    // By slot, and with all that may be left out written out: equal ones are the same.
    private static List<Nic> Of(InstanceSpec spec, NetworkTable networks)
    {
        var whole = spec.Clone();
        FixSlots(whole);
        foreach (var nic in whole.Nics)
        {
            nic.Network = networks.TryGet(nic.Network)?.Name ?? nic.Network;
            nic.Queues = Math.Max(nic.Queues, 1);
        }

        return [.. whole.Nics.Where(n => n.Network != MachineNic.None).OrderBy(n => n.Slot)];
    }

    private static Nic? Carrier(List<Nic> nics, NetworkTable networks) => nics.FirstOrDefault(n => networks.TryGet(n.Network)?.CanForward ?? false);

    private static void SetAddress(MachineRun run, uint slot, NicAddress? address)
    {
        Remove(run.NicAddresses, a => a.Slot == slot);
        if (address is not null)
        {
            run.NicAddresses.Add(address.Clone());
        }
    }

    private static void Remove<T>(RepeatedField<T> list, Func<T, bool> which)
    {
        foreach (var item in list.Where(which).ToList())
        {
            list.Remove(item);
        }
    }
}

using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Qemu.Networks;

namespace Qvmc.Qemu.Machines;

// What is kept for the machine on networks, whether it runs or not.
internal sealed partial class MachineActor
{
    private Task _reserving = Task.CompletedTask;
    private bool _reserved;

    // One after another, in the order of the orders: what the last one says holds.
    private void Reserve(MachineOrder? before, MachineOrder now)
    {
        _reserved = true;
        _reserving = ReserveAsync(_reserving, before, now.Clone());
    }

    private async Task ReserveAsync(Task earlier, MachineOrder? before, MachineOrder now)
    {
        await earlier;
        try
        {
            await Task.Run(() => _host.Networks.ReserveAsync(before, now));
        }
        catch (Exception e)
        {
            LogDefect(Uid, nameof(Reserve), e);
        }
    }

    private IReadOnlyList<NicStatus> NicsNow()
    {
        var live = _session is not null;
        return [.. (live ? MachineNic.OfRun(_host.Networks, _record) : MachineNic.Of(_host.Networks, _record.Order)).Select(n =>
            n.Driver?.Describe(n.Request, live) ?? new NicStatus { Slot = n.Request.Slot, Network = n.Network, Mac = n.Request.Mac })];
    }
}

using Qvmc.Controller.Instances;
using Qvmc.Controller.Networks;
using Qvmc.Controller.Nodes;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Limits;

/// <summary>
/// Whether hosts have room for what is asked of them. Memory is promised to the instances that are to run, so no two get
/// the same; a host that has not said what it has is taken at its word later, when it makes the machine.
/// </summary>
internal sealed class HostRooms(NodeSessions nodes, HostClaims claims, LaunchBounds bounds)
{
    /// <summary>Throws unless a new instance has room on the host that it is placed on. The caller holds the image table's gate.</summary>
    /// <exception cref="FaultException">RESOURCE_EXHAUSTED; it says what would fit.</exception>
    public void ThrowIfNoneForNew(InstanceRecord record)
    {
        if (RoomOf(record) is not { } room)
        {
            return;
        }

        if (room.CheckDisk(bounds.DiskReserveMib) is { } noDisk)
        {
            throw noDisk;
        }

        if (HostMemory.PromisedTo(record) is > 0 and var wanted && room.CheckMemory(wanted, bounds.MemoryPercent) is { } noMemory)
        {
            throw noMemory;
        }
    }

    /// <summary>The same for an instance that is to run, or to run with more memory than was promised to it.</summary>
    /// <exception cref="FaultException">RESOURCE_EXHAUSTED; it says what would fit.</exception>
    public void ThrowIfNoneForMore(InstanceRecord before, InstanceRecord next)
    {
        var wanted = HostMemory.PromisedTo(next);
        if (wanted > HostMemory.PromisedTo(before) && RoomOf(next)?.CheckMemory(wanted, bounds.MemoryPercent) is { } none)
        {
            throw none;
        }
    }

    private HostRoom? RoomOf(InstanceRecord record) => nodes.Find(record.Node)?.Host is { } host
        ? new HostRoom(record.Node, (long)host.MemoryMib, claims.PromisedMib(record.Node, record.Instance.Name), (long)host.DiskFreeMib)
        : null;
}

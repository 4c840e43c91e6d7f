using Qvmc.Core.Faults;

namespace Qvmc.Core.Instances;

/// <summary>What a host has, and what of it is promised to machines. Sizes are in MiB.</summary>
/// <param name="Host">Its name.</param>
/// <param name="MemoryMib">Its memory; 0: it has not said.</param>
/// <param name="PromisedMib">The memory of the machines that are to run on it.</param>
/// <param name="DiskFreeMib">What is free where the machines' disks are; null: it has not said.</param>
public sealed record HostRoom(string Host, long MemoryMib, long PromisedMib, long? DiskFreeMib)
{
    /// <summary>The memory that may still be promised, at least 0.</summary>
    /// <param name="percent">How much of the host's memory may be promised.</param>
    public long MemoryLeft(uint percent) => Math.Max(0, (MemoryMib * percent / 100) - PromisedMib);

    /// <summary>RESOURCE_EXHAUSTED, with what would fit, when there is no memory for one more machine; else null.</summary>
    /// <param name="wantedMib">What it is to have.</param>
    /// <param name="percent">How much of the host's memory may be promised.</param>
    public FaultException? CheckMemory(uint wantedMib, uint percent)
    {
        if (MemoryMib == 0 || MemoryLeft(percent) is var left && wantedMib <= left)
        {
            return null;
        }

        var message = $"{wantedMib} MiB are more than host {Shown.Quote(Host)} has left: of {MemoryMib} MiB"
            + (percent == 100 ? "" : $" ({percent} % may be promised)")
            + $", {PromisedMib} are promised to machines that are to run; "
            + (left < InstanceLimits.MinMemoryMib ? "" : $"use at most {left}, ")
            + "stop an instance, or raise launch_limits.memory_percent of the controller";
        return new FaultException(FaultCode.ResourceExhausted, $"spec.memory_mib: {message}", [new FieldFault("spec.memory_mib", message)]);
    }

    /// <summary>RESOURCE_EXHAUSTED when a new instance's disk would have less than that free on its host; else null.</summary>
    public FaultException? CheckDisk(uint reserveMib) => DiskFreeMib is not { } free || free >= reserveMib
        ? null
        : new FaultException(
            FaultCode.ResourceExhausted,
            $"host {Shown.Quote(Host)} has {free} MiB left for disks, and takes a new instance with at least {reserveMib}: delete instances or images there (\"qvmc image prune\"), or lower launch_limits.disk_reserve_mib of the controller");
}

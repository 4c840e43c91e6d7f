using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Instances;

/// <summary>The memory of instances of one host, in MiB.</summary>
/// <param name="OfAll">Of all that there are.</param>
/// <param name="Promised">Of those that are to run, paused or not.</param>
internal readonly record struct HostMemory(long OfAll, long Promised)
{
    /// <summary>That of one instance.</summary>
    public static HostMemory Of(InstanceRecord record) => new(record.Instance.Spec.MemoryMib, PromisedTo(record));

    /// <summary>What an instance on record is promised.</summary>
    public static uint PromisedTo(InstanceRecord record) => record.Instance.Spec.Power == PowerState.Stopped ? 0 : record.Instance.Spec.MemoryMib;

    public static HostMemory operator +(HostMemory a, HostMemory b) => new(a.OfAll + b.OfAll, a.Promised + b.Promised);

    public static HostMemory operator -(HostMemory a, HostMemory b) => new(a.OfAll - b.OfAll, a.Promised - b.Promised);
}

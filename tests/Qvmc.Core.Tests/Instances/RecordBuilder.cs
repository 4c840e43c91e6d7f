using Google.Protobuf.WellKnownTypes;
using Qvmc.Core.Instances;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Core.Tests.Instances;

/// <summary>Records and observations as the tests want them.</summary>
internal static class RecordBuilder
{
    public static readonly HostLink Connected = new(true, "", new Timestamp { Seconds = 1000 });

    public static readonly HostLink Disconnected = new(false, "connection refused", new Timestamp { Seconds = 2000 });

    public static InstanceRecord Record(PowerState power = PowerState.Running, uint generation = 1, uint boot = 1) => new()
    {
        Instance = new Instance
        {
            Name = "web1",
            Uid = "abcdefghijkl",
            Generation = generation,
            Spec = new InstanceSpec { Image = "tiny", Cpus = 1, MemoryMib = 64, DiskMib = 64, Power = power },
        },
        Node = "local",
        Boot = boot,
        ImageDigest = "sha256:" + new string('0', 64),
    };

    public static Machine Machine(State state, uint generation = 1, uint boot = 1) => new()
    {
        Uid = "abcdefghijkl",
        Name = "web1",
        Status = new InstanceStatus { State = state, ObservedGeneration = generation, Boot = boot },
    };

    public static Observation Seen(State state, uint generation = 1, uint boot = 1) => new(Machine(state, generation, boot), Connected);
}

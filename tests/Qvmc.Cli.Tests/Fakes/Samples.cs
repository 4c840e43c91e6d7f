using Google.Protobuf.WellKnownTypes;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Tests.Fakes;

/// <summary>Instances in the states that tests are about.</summary>
public static class Samples
{
    public static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static Instance Queued(string name, InstanceSpec? spec = null) => new()
    {
        Name = name,
        Uid = $"uid{name}",
        Generation = 1,
        Etag = "e1",
        CreateTime = Now.AddMinutes(-90).ToTimestamp(),
        Spec = spec ?? new InstanceSpec { Image = "tiny", Cpus = 2, MemoryMib = 512, Power = PowerState.Running },
        Status = new InstanceStatus { State = State.Stopped, Stage = Stage.Queued },
    };

    public static Instance At(string name, State state, Stage stage = Stage.Unspecified)
    {
        var instance = Queued(name);
        instance.Status = new InstanceStatus { State = state, Stage = stage, Node = "host1", ObservedGeneration = 1 };
        return instance;
    }

    public static Instance Ready(string name)
    {
        var instance = At(name, State.Running);
        instance.Spec.Forwards.Add(new PortForward { Protocol = Protocol.Tcp, HostPort = 8080, GuestPort = 80 });
        instance.Status.Conditions.Add(new Condition { Type = ConditionType.Ready, Met = true });
        instance.Status.Addresses.Add(new Address { Ip = "10.0.2.15", Prefix = 24, Interface = "eth0", Mac = "52:54:00:00:00:01" });
        instance.Status.Accelerator = Accelerator.Tcg;
        instance.Status.Warnings.Add("no hardware acceleration: there is no /dev/kvm");
        return instance;
    }
}

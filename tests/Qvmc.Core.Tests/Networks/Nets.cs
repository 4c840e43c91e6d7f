using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Network.V1;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Core.Tests.Networks;

/// <summary>Networks and records as the tests want them.</summary>
internal static class Nets
{
    public static readonly Network User = new() { Name = "user", Kind = NetworkKind.User, CanForward = true, State = NetworkState.Ready };

    public static Network Bridge(string name = "lan", string subnet = "10.80.0.0/24", string gateway = "10.80.0.1", string range = "", string subnet6 = "fd00:1:2:3::/64") => new()
    {
        Name = name,
        Kind = NetworkKind.Bridge,
        State = NetworkState.Ready,
        Subnet = subnet,
        Gateway = gateway,
        Range = range,
        Subnet6 = subnet6,
        Domain = $"{name}.qvmc.internal",
        CanForward = true,
    };

    public static InstanceRecord Record(string name, string uid, params Nic[] nics)
    {
        var record = new InstanceRecord { Instance = new Instance { Name = name, Uid = uid, Generation = 1, Spec = new InstanceSpec { Cpus = 1 } }, Node = "local", Boot = 1 };
        record.Instance.Spec.Nics.Add(nics);
        Core.Instances.NicRules.Complete(record.Instance.Spec.Nics, uid);
        return record;
    }
}

using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Protos.Settings.V1;
using Qvmc.Qemu.Networks;

namespace Qvmc.Qemu.Tests.Networks;

public sealed class MachineNicTests
{
    private readonly NetworkTable _networks = new([new NetworkSettings { Name = "first", User = new UserNetwork() }, new NetworkSettings { Name = "second", User = new UserNetwork() }]);

    [Fact]
    public void InterfacesOfOldOrdersHaveTheirPositionsAsSlots()
    {
        var nics = MachineNic.Of(_networks, Order(new Nic { Mac = "a" }, new Nic { Mac = "b", Network = "second" }));
        Assert.Equal([("first", 1u, "net0"), ("second", 2u, "net1")], nics.Select(n => (n.Network, n.Request.Slot, n.Request.Netdev)));
    }

    [Fact]
    public void ForwardsLeadToTheLowestSlotThatCanAndAddressesToTheirs()
    {
        var order = Order(new Nic { Mac = "a", Slot = 5 }, new Nic { Mac = "b", Network = "gone", Slot = 1 }, new Nic { Mac = "c", Slot = 3 });
        order.Spec.Forwards.Add(new PortForward { HostPort = 1, GuestPort = 1 });
        order.NicAddresses.Add(new NicAddress { Slot = 5, Ipv4 = "10.80.0.5", Ipv6 = "fd00:80::5" });
        var nics = MachineNic.Of(_networks, order);
        Assert.Equal([1u, 3u, 5u], nics.Select(n => n.Request.Slot));
        Assert.Equal([0, 1, 0], nics.Select(n => n.Request.Forwards.Count));
        Assert.Equal([null, null, "10.80.0.5"], nics.Select(n => n.Request.Ipv4?.ToString()));
        Assert.Equal([null, null, "fd00:80::5"], nics.Select(n => n.Request.Ipv6?.ToString()));
        Assert.Equal(("gone", true), (nics[0].Network, nics[0].Driver is null));
        Assert.Null(MachineNic.ForwardsWithoutNetwork(order, nics));
    }

    [Fact]
    public void NoneIsNoInterfaceAtAll()
    {
        var order = Order(new Nic { Network = "none" });
        Assert.Empty(MachineNic.Of(_networks, order));
        order.Spec.Forwards.Add(new PortForward { HostPort = 1, GuestPort = 1 });
        Assert.Contains("no interface on a network that can forward", MachineNic.ForwardsWithoutNetwork(order, [])?.Message, StringComparison.Ordinal);
    }

    private static MachineOrder Order(params Nic[] nics) => new() { Uid = "abcdefghijkl", Name = "m", Spec = new InstanceSpec { Nics = { nics } } };
}

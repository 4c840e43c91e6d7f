using Qvmc.Core.Faults;
using Qvmc.Core.Networks;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Network.V1;

namespace Qvmc.Core.Tests.Networks;

public class HostNetworksTests
{
    private static readonly Network[] All =
    [
        new Network(Nets.User) { IsDefault = true },
        Nets.Bridge(),
        Nets.Bridge("plain", subnet: "10.81.0.0/24", gateway: "10.81.0.1", subnet6: ""),
        new Network { Name = "office", Kind = NetworkKind.Bridged, State = NetworkState.Ready },
        new Network { Name = "broken", Kind = NetworkKind.Bridge, State = NetworkState.Failed, Message = "its subnet is eth0's" },
    ];

    [Theory]
    [InlineData("", "", 0u, 0u, "")]
    [InlineData("none", "", 0u, 0u, "")]
    [InlineData("lan", "10.80.0.9", 4u, 100u, "")]
    [InlineData("office", "", 4u, 100u, "")]
    [InlineData("lam", "", 0u, 0u, "network: \"lam\" is not a network of host \"local\": it offers \"user\", \"lan\", \"plain\", \"office\", \"broken\"; did you mean \"lan\"?")]
    [InlineData("dmz-outside", "", 0u, 0u, "network: \"dmz-outside\" is not a network of host \"local\": it offers \"user\", \"lan\", \"plain\", \"office\", \"broken\"")]
    [InlineData("", "10.0.2.9", 2u, 1u, "address: network \"user\" of host \"local\" is user-mode, where addresses are not ours to give: leave it out, or use a bridge network|queues: network \"user\" of host \"local\" is user-mode, and more than one queue needs a bridge: leave it out, or use a bridge network|rate_mbit: network \"user\" of host \"local\" is user-mode, and a rate limit needs a bridge: leave it out, or use a bridge network")]
    [InlineData("office", "10.0.0.9", 0u, 0u, "address: network \"office\" of host \"local\" is a bridge of the operator's, where addresses are not ours to give: leave it out, or use a bridge network")]
    [InlineData("lan", "10.80.0.1", 0u, 0u, "address: 10.80.0.1 is the host's own address in subnet 10.80.0.0/24 of network \"lan\": choose another")]
    [InlineData("broken", "", 0u, 0u, "network: network \"broken\" of host \"local\" can't be had: its subnet is eth0's")]
    public void Interfaces(string network, string address, uint queues, uint rate, string faults)
    {
        var nic = new Nic { Network = network, Address = address, Queues = queues, RateMbit = rate };
        Assert.Equal(faults, string.Join('|', HostNetworks.Check(nic, All, "local", "n").Select(f => $"{f.Field[2..]}: {f.Message}")));
    }

    [Theory]
    [InlineData("", "127.0.0.1", "")]
    [InlineData("lan", "127.0.0.1", "")]
    [InlineData("lan", "fd00::9", "")]
    [InlineData("lan", "::1", "use 127.0.0.1")]
    [InlineData("plain", "fd00::9", "network \"plain\" has none")]
    [InlineData("", "::1", "forwards from IPv4 addresses only")]
    [InlineData("office", "127.0.0.1", "no network that the instance is on forwards ports")]
    [InlineData("office lan", "127.0.0.1", "")]
    [InlineData("missing", "::1", "")]
    public void Forwards(string networks, string host, string fault)
    {
        Nic[] nics = [.. networks.Split(' ').Select((n, i) => new Nic { Network = n, Slot = (uint)i + 1 })];
        var faults = HostNetworks.CheckForwards(nics, [new PortForward { HostAddress = host, HostPort = 1, GuestPort = 1 }], All, "f").ToList();
        Assert.Equal(fault.Length > 0, faults.Count > 0);
        Assert.All(faults, f => Assert.Contains(fault, f.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Forwards_go_to_the_lowest_slot_that_can()
    {
        Nic[] nics = [new Nic { Network = "lan", Slot = 3 }, new Nic { Network = "plain", Slot = 2 }, new Nic { Network = "office", Slot = 1 }];
        Assert.Equal("plain", HostNetworks.Carrier(nics, All)!.Name);
    }

    [Fact]
    public void A_spec_without_interfaces_is_judged_by_the_default_network()
    {
        var spec = new InstanceSpec { Forwards = { new PortForward { HostAddress = "::1", HostPort = 1, GuestPort = 1 } } };
        Assert.Equal("spec.forwards[0].host_address", Assert.Single(HostNetworks.Check(spec, All, "local")).Field);
        Assert.Empty(HostNetworks.Check(spec, null, "local"));
    }

    [Fact]
    public void Ports_and_hardware_addresses_of_others_are_refused()
    {
        var db = Nets.Record("db", "bbbbbbbbbbbb", new Nic { Mac = "52:54:00:00:00:01" });
        db.Instance.Spec.Forwards.Add(new PortForward { HostPort = 80, GuestPort = 80 });
        var held = new HostHoldings();
        held.Add(db, null);
        held.ThrowIfTaken(new InstanceSpec { Nics = { new Nic { Mac = "52:54:00:00:00:02" } }, Forwards = { new PortForward { HostPort = 80, Protocol = Protocol.Udp } } }, "local");
        var port = Assert.Throws<FaultException>(() => held.ThrowIfTaken(new InstanceSpec { Forwards = { new PortForward { HostAddress = "0.0.0.0", HostPort = 80 } } }, "local"));
        var mac = Assert.Throws<FaultException>(() => held.ThrowIfTaken(new InstanceSpec { Nics = { new Nic { Mac = "52:54:00:00:00:01" } } }, "local"));
        Assert.Equal((FaultCode.FailedPrecondition, FaultCode.FailedPrecondition), (port.Code, mac.Code));
        Assert.Contains("tcp 0.0.0.0:80 on host \"local\" belongs to instance \"db\"", port.Message, StringComparison.Ordinal);
        Assert.Contains("52:54:00:00:00:01 on host \"local\" belongs to instance \"db\"", mac.Message, StringComparison.Ordinal);
    }
}

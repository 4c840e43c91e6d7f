using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Core.Networks;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Network.V1;

namespace Qvmc.Core.Tests.Networks;

public class ChangeRulesTests
{
    private static readonly Network[] Both = [new Network(Nets.User) { IsDefault = true }, Nets.Bridge()];

    [Fact]
    public void Every_fault_of_a_new_interface_comes_at_once()
    {
        var spec = Nets.Record("web1", "abcdefghijkl", new Nic { Mac = "52:54:00:00:00:01" }).Instance.Spec;
        var nic = new Nic { Network = "lam", Mac = "52:54:00:00:00:01", Slot = 1, Address = "10.1", Queues = 17, RateMbit = 1_000_001 };
        Assert.Equal(
            ["nic.address", "nic.mac", "nic.network", "nic.queues", "nic.rate_mbit", "nic.slot"],
            NicChangeRules.Check(new AddNicRequest { Nic = nic }, spec, Both, "local").Select(f => f.Field).Order(StringComparer.Ordinal));
        Assert.Equal("nic.network", Assert.Single(NicChangeRules.Check(new AddNicRequest { Nic = new Nic { Network = "none" } }, spec, Both, "local")).Field);
        Assert.Equal("nic.queues", Assert.Single(NicChangeRules.Check(new AddNicRequest { Nic = new Nic { Network = "lan", Queues = 2 } }, spec, Both, "local")).Field);
        spec.Nics.Add(Enumerable.Range(2, 7).Select(slot => new Nic { Slot = (uint)slot }));
        Assert.Equal("nic", Assert.Single(NicChangeRules.Check(new AddNicRequest(), spec, Both, "local")).Field);
    }

    [Fact]
    public void An_interface_gets_the_first_free_slot_and_an_address_that_nobody_has()
    {
        var spec = Nets.Record("web1", "abcdefghijkl", new Nic { Slot = 1 }, new Nic { Slot = 3 }).Instance.Spec;
        var usual = MacAddress.Derive("abcdefghijkl", 1);
        var added = NicChangeRules.Add(new Nic { Network = "lan" }, spec, "abcdefghijkl", mac => mac == usual);
        Assert.Equal((2u, 3), (added.Slot, spec.Nics.Count));
        Assert.True(MacAddress.TryParse(added.Mac, out _));
        Assert.NotEqual(usual, added.Mac);
    }

    [Fact]
    public void None_gives_way_to_an_interface()
    {
        var spec = Nets.Record("web1", "abcdefghijkl", new Nic { Network = "none" }).Instance.Spec;
        Assert.Empty(NicChangeRules.Check(new AddNicRequest { Nic = new Nic { Slot = 1 } }, spec, Both, "local"));
        NicChangeRules.Add(new Nic { Network = "lan" }, spec, "abcdefghijkl", _ => false);
        Assert.Equal(("lan", 1u), (spec.Nics.Single().Network, spec.Nics.Single().Slot));
    }

    [Fact]
    public void An_interface_that_forwards_need_stays()
    {
        var instance = Nets.Record("web1", "abcdefghijkl", new Nic(), new Nic { Network = "lan" }).Instance;
        instance.Spec.Forwards.Add(new PortForward { HostPort = 1, GuestPort = 1 });
        Assert.Null(NicChangeRules.CheckRemove(instance, instance.Spec.Nics[0], Both));
        instance.Spec.Nics.RemoveAt(0);
        Assert.Equal(FaultCode.FailedPrecondition, NicChangeRules.CheckRemove(instance, NicChangeRules.Find(instance, 2), Both)!.Code);
        instance.Spec.Forwards.Clear();
        Assert.Null(NicChangeRules.CheckRemove(instance, instance.Spec.Nics[0], Both));
        Assert.Contains("its slots are 2", Assert.Throws<FaultException>(() => NicChangeRules.Find(instance, 1)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(80u, Protocol.Unspecified, "", "", "host_address")]
    [InlineData(80u, Protocol.Tcp, "127.0.0.1", "127.0.0.1", null)]
    [InlineData(80u, Protocol.Udp, "", "10.0.0.1", null)]
    [InlineData(81u, Protocol.Tcp, "", null, "forwards from tcp 127.0.0.1:80, tcp 10.0.0.1:80, udp 10.0.0.1:80")]
    [InlineData(80u, Protocol.Tcp, "10.0.0.2", null, "tcp port 80 of 10.0.0.2")]
    public void A_removal_means_one_forward(uint port, Protocol protocol, string address, string? found, string? fault)
    {
        var instance = Nets.Record("web1", "abcdefghijkl", new Nic()).Instance;
        foreach (var (host, udp) in new[] { ("127.0.0.1", false), ("10.0.0.1", false), ("10.0.0.1", true) })
        {
            instance.Spec.Forwards.Add(new PortForward { HostAddress = host, HostPort = 80, GuestPort = 1, Protocol = udp ? Protocol.Udp : Protocol.Tcp });
        }

        var request = new RemoveForwardRequest { HostPort = port, Protocol = protocol, HostAddress = address };
        Assert.Empty(ForwardChangeRules.Check(request));
        if (fault is null)
        {
            Assert.Equal(found, ForwardChangeRules.Find(instance, request).HostAddress);
        }
        else
        {
            Assert.Contains(fault, Assert.Throws<FaultException>(() => ForwardChangeRules.Find(instance, request)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_fault_of_a_new_forward_comes_at_once()
    {
        var spec = Nets.Record("web1", "abcdefghijkl", new Nic { Network = "lan" }).Instance.Spec;
        Assert.Equal(
            ["forward.host_address", "forward.host_port", "forward.guest_port"],
            ForwardChangeRules.Check(new AddForwardRequest { Forward = new PortForward { HostAddress = "::1%lo" } }, spec, null).Select(f => f.Field));
        Assert.Equal(
            "forward.host_address",
            Assert.Single(ForwardChangeRules.Check(new AddForwardRequest { Forward = new PortForward { HostAddress = "::1", HostPort = 1, GuestPort = 1 } }, spec, Both)).Field);
        spec.Nics.Clear();
        Assert.Equal("forward", Assert.Single(ForwardChangeRules.Check(new AddForwardRequest { Forward = new PortForward { HostPort = 1, GuestPort = 1 } }, spec, Both)).Field);
        Assert.Equal("forward", Assert.Single(ForwardChangeRules.Check(new AddForwardRequest(), spec, Both)).Field);
        Assert.Equal(["host_port"], ForwardChangeRules.Check(new RemoveForwardRequest()).Select(f => f.Field));
    }
}

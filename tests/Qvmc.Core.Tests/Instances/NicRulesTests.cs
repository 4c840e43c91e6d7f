using Qvmc.Core.Instances;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Core.Tests.Instances;

public class NicRulesTests
{
    [Fact]
    public void Every_fault_comes_at_once()
    {
        Nic[] nics =
        [
            new() { Slot = 9, Address = "10.1", Queues = 17, RateMbit = 1_000_001 },
            new() { Slot = 2, Address = "10.80.0.5" },
            new() { Slot = 2, Address = "10.80.0.5" },
            new() { Network = "none", Address = "fd00::1" },
        ];
        Assert.Equal(
            ["n[0].address", "n[0].queues", "n[0].rate_mbit", "n[0].slot", "n[2].address", "n[2].slot", "n[3].address", "n[3].network", "n[3].network"],
            NicRules.Check(nics, "n").Select(f => f.Field).Order(StringComparer.Ordinal));
        Assert.Empty(NicRules.Check([new Nic { Network = "none" }], "n"));
        Assert.Single(NicRules.Check([.. Enumerable.Repeat(new Nic(), 9)], "n"));
    }

    [Fact]
    public void Slots_that_are_given_stay_and_the_others_are_the_first_free_ones()
    {
        var spec = new InstanceSpec { Nics = { new Nic(), new Nic { Slot = 1 }, new Nic(), new Nic { Slot = 8 } } };
        NicRules.Complete(spec.Nics, "abcdefghijkl");
        Assert.Equal([2u, 1u, 3u, 8u], spec.Nics.Select(n => n.Slot));
        Assert.Equal(spec.Nics.Select(n => MacAddress.Derive("abcdefghijkl", (int)n.Slot - 1)), spec.Nics.Select(n => n.Mac));
    }

    [Fact]
    public void A_derived_address_is_not_one_that_another_has()
    {
        var usual = MacAddress.Derive("abcdefghijkl", 0);
        var spec = InstanceRules.Complete(new InstanceSpec { Image = "tiny" }, "abcdefghijkl", null, null, mac => mac == usual);
        Assert.NotEqual(usual, spec.Nics[0].Mac);
        Assert.True(MacAddress.TryParse(spec.Nics[0].Mac, out _));
    }

    [Theory]
    [InlineData(0u, 1u, true)]
    [InlineData(1u, 1u, true)]
    [InlineData(2u, 1u, false)]
    [InlineData(4u, 4u, true)]
    public void Queues_are_at_most_as_many_as_processors(uint queues, uint cpus, bool allowed) =>
        Assert.Equal(allowed, !NicRules.CheckQueues([new Nic { Queues = queues }], cpus, "n").Any());

    [Fact]
    public void Processors_are_not_taken_from_queues()
    {
        var spec = new InstanceSpec { Cpus = 4, Nics = { new Nic { Slot = 1, Queues = 3 } } };
        Assert.Empty(UpdateRules.Check(new UpdateRequest { Spec = new InstanceSpec { Cpus = 3 } }, spec));
        Assert.Equal("spec.cpus", Assert.Single(UpdateRules.Check(new UpdateRequest { Spec = new InstanceSpec { Cpus = 2 } }, spec)).Field);
    }

    [Fact]
    public void Without_an_interface_there_is_nothing_to_forward_to()
    {
        var request = new LaunchRequest { Name = "a", Spec = new InstanceSpec { Image = "tiny", Nics = { new Nic { Network = "none" } }, Forwards = { new PortForward { HostPort = 1, GuestPort = 1 } } } };
        Assert.Equal("spec.forwards", Assert.Single(InstanceRules.CheckLaunch(request)).Field);
    }
}

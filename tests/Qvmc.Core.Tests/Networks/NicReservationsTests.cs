using System.Net;
using CsCheck;
using Qvmc.Core.Faults;
using Qvmc.Core.Networks;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Network.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Core.Tests.Networks;

public class NicReservationsTests
{
    private static readonly Network[] Both = [new Network(Nets.User) { IsDefault = true }, Nets.Bridge()];

    [Fact]
    public void Only_interfaces_on_a_bridge_of_ours_get_addresses()
    {
        var record = Nets.Record("web1", "abcdefghijkl", new Nic(), new Nic { Network = "lan" }, new Nic { Network = "gone" });
        Assert.True(NicReservations.AreMissing(record, Both));
        NicReservations.Update(record, Both, new HostHoldings());
        var address = Assert.Single(record.NicAddresses);
        Assert.Equal(2u, address.Slot);
        Assert.Equal($"fd00:1:2:3::{IPAddress.Parse(address.Ipv4).GetAddressBytes()[3]:x}", address.Ipv6);
        Assert.False(NicReservations.AreMissing(record, Both));
    }

    [Fact]
    public void Nothing_is_missing_and_nothing_changes_while_the_networks_are_not_known()
    {
        var record = Nets.Record("web1", "abcdefghijkl", new Nic { Network = "lan" });
        record.NicAddresses.Add(new NicAddress { Slot = 1, Ipv4 = "10.9.9.9" });
        var before = record.Clone();
        Assert.False(NicReservations.AreMissing(record, null));
        NicReservations.Update(record, null, new HostHoldings());
        Assert.Equal(before, record);
    }

    [Fact]
    public void What_is_reserved_stays_while_it_fits_also_out_of_a_range_that_has_shrunk()
    {
        var record = With("10.80.0.77");
        NicReservations.Update(record, [Nets.Bridge(range: "10.80.0.2-10.80.0.9")], new HostHoldings());
        Assert.Equal("10.80.0.77", record.NicAddresses.Single().Ipv4);

        // IPv6 follows what the network has now.
        NicReservations.Update(record, [Nets.Bridge(subnet6: "fd99::/64")], new HostHoldings());
        Assert.Equal("fd99::4d", record.NicAddresses.Single().Ipv6);
    }

    [Fact]
    public void What_does_not_fit_any_more_is_replaced_if_it_was_chosen_and_refused_if_it_was_asked_for()
    {
        var moved = new[] { Nets.Bridge(subnet: "10.90.0.0/24", gateway: "10.90.0.1") };
        var chosen = With("10.80.0.77");
        NicReservations.Update(chosen, moved, new HostHoldings());
        Assert.StartsWith("10.90.0.", chosen.NicAddresses.Single().Ipv4, StringComparison.Ordinal);

        var asked = Nets.Record("web1", "abcdefghijkl", new Nic { Network = "lan", Address = "10.80.0.77" });
        var fault = Assert.Throws<FaultException>(() => NicReservations.Update(asked, moved, new HostHoldings()));
        Assert.Equal(FaultCode.FailedPrecondition, fault.Code);
        Assert.Contains("slot 1 of instance \"web1\" can't have address 10.80.0.77: 10.80.0.77 is not in subnet 10.90.0.0/24", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_reserved_waits_for_a_network_that_is_not_there_now()
    {
        foreach (var networks in new Network[][] { [Nets.User], [Nets.Bridge(subnet: "")] })
        {
            var record = With("10.80.0.77");
            NicReservations.Update(record, networks, new HostHoldings());
            Assert.Equal("10.80.0.77", record.NicAddresses.Single().Ipv4);
        }

        // An interface that is gone, or on a network without addresses, keeps none.
        var other = With("10.80.0.77");
        other.Instance.Spec.Nics[0].Network = "user";
        NicReservations.Update(other, Both, new HostHoldings());
        Assert.Empty(other.NicAddresses);
    }

    [Theory]
    [InlineData("10.80.0.5", "it belongs to instance \"db\"")]
    [InlineData("10.80.0.6", "it belongs to instance \"db\"")]
    public void An_address_that_somebody_has_is_refused_with_his_name(string address, string reason)
    {
        var record = Nets.Record("web1", "abcdefghijkl", new Nic { Network = "lan", Address = address });
        var fault = Assert.Throws<FaultException>(() => NicReservations.Update(record, Both, HeldByDb()));
        Assert.Equal(FaultCode.FailedPrecondition, fault.Code);
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_exhausted_network_is_named_with_its_range_and_how_much_is_used()
    {
        var networks = new[] { Nets.Bridge(range: "10.80.0.5-10.80.0.6") };
        var fault = Assert.Throws<FaultException>(() => NicReservations.Update(Nets.Record("web1", "abcdefghijkl", new Nic { Network = "lan" }), networks, HeldByDb()));
        Assert.Equal(FaultCode.ResourceExhausted, fault.Code);
        Assert.Contains("network \"lan\" of host \"local\" has no address left: all 2 of 10.80.0.5-10.80.0.6 are reserved", fault.Message, StringComparison.Ordinal);
    }

    // Any instances with any interfaces, coming and going on a small network: no two ever have the same address, each
    // keeps its own, and a refusal comes only when there is really none left.
    [Fact]
    public void No_history_gives_an_address_twice() => Gen.Select(Gen.Int[0, 11], Gen.Int[0, 3], Gen.Int[0, 20]).Array[1, 60].Sample(history =>
    {
        Network[] networks = [Nets.Bridge(subnet: "10.80.0.0/28", range: "10.80.0.2-10.80.0.9")];
        var pool = AddressPool.Of(networks[0])!;
        var world = new Dictionary<int, InstanceRecord>();
        foreach (var (who, count, address) in history)
        {
            world.Remove(who, out var before);
            if (count == 0)
            {
                continue;
            }

            var record = Nets.Record($"i{who}", $"uid{who}", [.. Enumerable.Range(0, count).Select(n => new Nic { Network = "lan", Address = n == 0 && address is >= 2 and < 15 ? $"10.80.0.{address}" : "" })]);
            record.NicAddresses.Add(before?.NicAddresses ?? []);
            var held = new HostHoldings();
            foreach (var other in world.Values)
            {
                held.Add(other, null);
            }

            try
            {
                NicReservations.Update(record, networks, held);
                world[who] = record;
                Assert.Equal(count, record.NicAddresses.Count);
                Assert.All(record.Instance.Spec.Nics.Zip(record.NicAddresses), p => Assert.True(p.First.Address.Length == 0 || p.First.Address == p.Second.Ipv4));

                // Asked again, nothing changes.
                var again = record.Clone();
                NicReservations.Update(again, networks, held);
                Assert.Equal(record, again);
            }
            catch (FaultException e) when (e.Code == FaultCode.ResourceExhausted)
            {
                Assert.True(held.Used(pool) + count > pool.Count, e.Message);
            }
            catch (FaultException e) when (e.Code == FaultCode.FailedPrecondition)
            {
                Assert.NotNull(held.OwnerOf(IPAddress.Parse($"10.80.0.{address}")));
            }

            var all = world.Values.SelectMany(r => r.NicAddresses).ToList();
            Assert.Equal(all.Count, all.Select(a => a.Ipv4).Distinct().Count());
            Assert.Equal(all.Count, all.Select(a => a.Ipv6).Distinct().Count());
        }
    });

    private static InstanceRecord With(string address)
    {
        var record = Nets.Record("web1", "abcdefghijkl", new Nic { Network = "lan" });
        record.NicAddresses.Add(new NicAddress { Slot = 1, Ipv4 = address });
        return record;
    }

    // One on record; one of an interface that was removed, and that the machine still has.
    private static HostHoldings HeldByDb()
    {
        var db = Nets.Record("db", "bbbbbbbbbbbb", new Nic { Network = "lan" });
        db.NicAddresses.Add(new NicAddress { Slot = 1, Ipv4 = "10.80.0.5" });
        var held = new HostHoldings();
        held.Add(db, new Machine { Status = new InstanceStatus { Nics = { new NicStatus { Slot = 2, Ipv4 = "10.80.0.6" } } } });
        return held;
    }
}

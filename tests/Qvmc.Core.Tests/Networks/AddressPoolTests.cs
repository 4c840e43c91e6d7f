using System.Net;
using CsCheck;
using Qvmc.Core.Networks;
using Qvmc.Protos.Network.V1;

namespace Qvmc.Core.Tests.Networks;

public class AddressPoolTests
{
    // Any subnet of 10.0.0.0/8 from /16 to /29, and a range that may be inside, outside or across it.
    private static readonly Gen<Network> AnyBridge = Gen.Select(Gen.Int[16, 29], Gen.UInt[0, 0xFF_FFFF], Gen.Int[-300, 300], Gen.Int[-300, 70_000], Gen.Bool).Select((prefix, host, from, to, ranged) =>
    {
        var lowest = (0x0A00_0000u | host) & (uint.MaxValue << (32 - prefix));
        return Nets.Bridge(subnet: $"{Text(lowest)}/{prefix}", gateway: Text(lowest + 1), range: ranged ? $"{Text((uint)(lowest + from))}-{Text((uint)(lowest + to))}" : "");
    });

    [Theory]
    [InlineData("10.80.0.0/24", "", 253u, "10.80.0.1-10.80.0.254")]
    [InlineData("10.80.0.0/24", "10.80.0.10-10.80.0.59", 50u, "10.80.0.10-10.80.0.59")]
    [InlineData("10.80.0.0/29", "", 5u, "10.80.0.1-10.80.0.6")]
    [InlineData("10.80.0.0/16", "", 65533u, "10.80.0.1-10.80.255.254")]
    [InlineData("10.80.0.0/24", "10.81.0.1-10.81.0.9", 0u, "")]
    public void Counts_what_there_is(string subnet, string range, uint count, string shown)
    {
        var pool = AddressPool.Of(Nets.Bridge(subnet: subnet, range: range))!;
        Assert.Equal((count, shown), (pool.Count, pool.Range));
    }

    [Fact]
    public void Only_bridges_of_ours_with_a_subnet_have_addresses()
    {
        Assert.Null(AddressPool.Of(Nets.User));
        Assert.Null(AddressPool.Of(Nets.Bridge(subnet: "")));
        Assert.Null(AddressPool.Of(Nets.Bridge(subnet: "fd00::/64")));
        Assert.Null(AddressPool.Of(new Network(Nets.Bridge()) { Kind = NetworkKind.Bridged }));
    }

    [Theory]
    [InlineData("10.80.0.0", "as a whole")]
    [InlineData("10.80.0.255", "as a whole")]
    [InlineData("10.80.0.1", "the host's own")]
    [InlineData("10.80.1.5", "use 10.80.0.1 to 10.80.0.254")]
    [InlineData("9.255.255.255", "not in subnet 10.80.0.0/24 of network \"lan\"")]
    [InlineData("::1", "not in subnet")]
    [InlineData("10.80.0.2", null)]
    [InlineData("10.80.0.254", null)]
    public void A_fixed_address_must_be_a_machines(string address, string? fault)
    {
        // The range is only for those who ask for none.
        var found = AddressPool.Of(Nets.Bridge(range: "10.80.0.100-10.80.0.101"))!.Fault(IPAddress.Parse(address));
        Assert.Equal(fault is null, found is null);
        Assert.Contains(fault ?? "", found ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void All_that_are_counted_can_be_had_and_no_other() => Gen.Select(AnyBridge, Gen.String, Gen.UInt[1, 8]).Sample((network, uid, slot) =>
    {
        var pool = AddressPool.Of(network)!;
        var taken = new HashSet<IPAddress>();
        while (taken.Count < 300 && pool.Choose(uid, slot, taken.Contains) is { } address)
        {
            Assert.Null(pool.Fault(address));
            Assert.True(pool.IsInRange(address));
            Assert.True(taken.Add(address));
        }

        Assert.Equal(Math.Min(300, pool.Count), (uint)taken.Count);
    });

    [Fact]
    public void The_choice_is_the_same_for_the_same_interface_and_goes_round_those_that_are_taken() => Gen.Select(AnyBridge, Gen.UInt[1, 8], Gen.Int[0, 40]).Sample((network, slot, others) =>
    {
        var pool = AddressPool.Of(network)!;
        var taken = new HashSet<IPAddress>();
        for (var i = 0; i < others && pool.Choose($"other{i}", 1, taken.Contains) is { } other; i++)
        {
            taken.Add(other);
        }

        var first = pool.Choose("abcdefghijkl", slot, taken.Contains);
        Assert.Equal(first, pool.Choose("abcdefghijkl", slot, taken.Contains));
        Assert.Equal(taken.Count < pool.Count, first is not null);
        Assert.True(first is null || !taken.Contains(first));
    });

    [Fact]
    public void A_freed_address_is_not_the_next_ones()
    {
        // Some may meet by chance; with one shared place to begin from, all would.
        var pool = AddressPool.Of(Nets.Bridge())!;
        var chosen = Enumerable.Range(0, 100).Select(i => pool.Choose($"uid{i}", 1, _ => false)!).ToList();
        Assert.InRange(chosen.Distinct().Count(), 60, 100);
    }

    [Theory]
    [InlineData("fd00:1:2:3::/64", "10.80.0.5", "fd00:1:2:3::5")]
    [InlineData("fd00:1:2:3::/64", "10.80.0.254", "fd00:1:2:3::fe")]
    [InlineData("", "10.80.0.5", null)]
    [InlineData("none", "10.80.0.5", null)]
    public void IPv6_goes_with_IPv4(string subnet6, string ipv4, string? ipv6) =>
        Assert.Equal(ipv6, AddressPool.Of(Nets.Bridge(subnet6: subnet6))!.Ipv6Of(IPAddress.Parse(ipv4))?.ToString());

    [Fact]
    public void IPv6_counts_from_the_beginning_of_the_subnet() =>
        Assert.Equal("fd00::1:2", AddressPool.Of(Nets.Bridge(subnet: "10.80.0.0/15", gateway: "10.80.0.1", subnet6: "fd00::/64"))!.Ipv6Of(IPAddress.Parse("10.81.0.2"))!.ToString());

    [Fact]
    public void What_a_host_says_is_never_too_strange() => Gen.Select(Gen.String, Gen.String, Gen.String, Gen.String).Sample((subnet, gateway, range, subnet6) =>
        Assert.Null(AddressPool.Of(Nets.Bridge("lan", subnet, gateway, range, subnet6))?.Choose("a", 1, _ => true)));

    private static string Text(uint number) => new IPAddress([(byte)(number >> 24), (byte)(number >> 16), (byte)(number >> 8), (byte)number]).ToString();
}

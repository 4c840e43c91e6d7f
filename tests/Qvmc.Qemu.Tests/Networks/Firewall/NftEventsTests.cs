using Qvmc.Qemu.Networks.Firewall;

namespace Qvmc.Qemu.Tests.Networks.Firewall;

/// <summary>What nft monitor prints.</summary>
public sealed class NftEventsTests
{
    [Theory]
    [InlineData("delete rule inet qvmc forward handle 7", true)]
    [InlineData("delete table bridge qvmc", true)]
    [InlineData("add set inet qvmc forwards { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }", true)]
    [InlineData("add table ip qvmc", false)]
    [InlineData("add rule ip filter FORWARD iifname \"qv-lan\" inet qvmc", false)]
    [InlineData("add table inet qvmc2", false)]
    public void KnowsOurTables(string line, bool ours) => Assert.Equal(ours, Assert.Single(Read(line, "# new generation 4 by process 12 (nft)")).TouchesOurs);

    [Fact]
    public void TellsTransactionsApartAndWhoseTheyAre()
    {
        var transactions = Read(
            "delete element inet qvmc revision { 0x0000004d }",
            "add element inet qvmc revision { 0xee6b2800 }",
            "add element inet qvmc bridges { \"qv-lan\" }",
            "# new generation 4 by process 12 (qvmc nft)",
            "add element inet theirs revision { 0x00000001 }",
            "# new generation 5 by process 13 (iptables-nft)");
        Assert.Equal([true, false], transactions.Select(t => t.TouchesOurs));
        Assert.Equal([0xee6b2800], transactions[0].Revisions);
        Assert.Empty(transactions[1].Revisions);
        Assert.Equal(["process 12 (qvmc nft)", "process 13 (iptables-nft)"], transactions.Select(t => t.By));
    }

    [Fact]
    public void WhatCouldNotBeHeardMayHaveBeenAnything() =>
        Assert.True(Assert.Single(Read("add table ip theirs", "# ERROR: We lost some netlink events!")).TouchesOurs);

    private static List<NftTransaction> Read(params string[] lines)
    {
        var events = new NftEvents();
        return [.. lines.Select(events.Read).OfType<NftTransaction>()];
    }
}

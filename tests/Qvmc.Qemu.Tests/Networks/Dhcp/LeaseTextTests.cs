using CsCheck;
using Qvmc.Qemu.Networks.Dhcp;

namespace Qvmc.Qemu.Tests.Networks.Dhcp;

public sealed class LeaseTextTests
{
    private const string Whole = """
        1795460496 52:54:00:00:00:0b 10.80.0.11 web11 *
        0 52:54:00:00:00:0c 10.80.0.12 * 01:52:54:00:00:00:0c
        duid 00:04:01:02
        1795460499 1 fd00:1:2:3::b web11 00:01:00:01:32:97:3c:02:52:54:00:00:00:01
        1795460499 T7 fd00:1:2:3::c web12 00:03:00:01:52:54:00:00:00:0c

        """;

    private static readonly string[] Words =
        ["1795460496", "52:54:00:00:00:0b", "10.80.0.11", "fd00::1", "*", "duid", "\n", "-1", "99999999999999999999", "253402300800"];

    [Fact]
    public void TellsWhoHoldsWhat()
    {
        var text = LeaseText.Parse(Whole);
        Assert.Equal("00:04:01:02", text.ServerId);
        Assert.Equal(
            ["52:54:00:00:00:0b 10.80.0.11 * 2026-11-23T19:01:36", "52:54:00:00:00:0c 10.80.0.12 01:52:54:00:00:00:0c never", "1 fd00:1:2:3::b 00:01:00:01:32:97:3c:02:52:54:00:00:00:01 2026-11-23T19:01:39"],
            text.Lines.Select(l => $"{l.Holder} {l.Address} {l.Client} {l.Expires?.ToString("s") ?? "never"}"));
        Assert.Equal(Whole.Split('\n')[0], text.Lines[0].Raw);
    }

    [Fact]
    public void OfAFileThatIsBeingWrittenItKnowsWhatIsThere() => Gen.Int[0, Whole.Length].Sample(length =>
    {
        var whole = LeaseText.Parse(Whole).Lines;
        var part = LeaseText.Parse(Whole[..length]).Lines;
        return part.SequenceEqual(whole.Take(part.Count)) && part.Count >= Whole[..length].Count(c => c == '\n') - 2;
    });

    [Fact]
    public void WhateverIsInItIsNoFailure() =>
        Gen.OneOf(Gen.String, Gen.Int[0, Words.Length - 1].Select(i => Words[i])).Array[0, 30]
            .Sample(words => LeaseText.Parse(string.Join(' ', words) + "\n").Lines.All(l => l.Holder.Length > 0));

    [Fact]
    public void ALeaseCountsForWhomTheAddressIsReserved()
    {
        var table = new ReservationTable([DhcpHost.Reservation(11), DhcpHost.Reservation(12) with { Mac = "52:54:00:00:00:FF" }]);
        var text = LeaseText.Parse(Whole);
        Assert.Equal([true, false, true], text.Lines.Select(table.IsKept));
        var then = DateTimeOffset.FromUnixTimeSeconds(1795460496);
        Assert.Equal([DhcpHost.Mac(11), DhcpHost.Mac(11)], table.Show(text, then.AddSeconds(-1)).Select(l => l.Mac));
        Assert.Equal("fd00:1:2:3::b", Assert.Single(table.Show(text, then)).Address.ToString());
    }

    [Fact]
    public void OneMachinesLeasesAreFoundWithoutTheOthers()
    {
        var table = new ReservationTable([DhcpHost.Reservation(11), DhcpHost.Reservation(12)]);
        var text = LeaseText.Parse(Whole);
        var kept = new KeptLeases(text, table);
        foreach (var now in (DateTimeOffset[])[DateTimeOffset.FromUnixTimeSeconds(1795460490), DateTimeOffset.FromUnixTimeSeconds(1795460496)])
        {
            Assert.All([DhcpHost.Mac(11), DhcpHost.Mac(12), DhcpHost.Mac(13)], mac => Assert.Equal(table.Show(text, now).Where(l => l.Mac == mac), kept.Of(mac, now)));
        }

        Assert.Equal(kept.Of(DhcpHost.Mac(11), DateTimeOffset.UnixEpoch), kept.Of(DhcpHost.Mac(11).ToUpperInvariant(), DateTimeOffset.UnixEpoch));
    }

    [Fact]
    public void ATableThatIsChangedToTheSameIsTheSame()
    {
        var table = new ReservationTable([DhcpHost.Reservation(11)]);
        Assert.Same(table, table.With([DhcpHost.Reservation(11)], []));
        Assert.Same(table, table.With([], [DhcpHost.Reservation(12)]));
        Assert.Same(table, table.With([DhcpHost.Reservation(11)], [DhcpHost.Reservation(11)]));
        var next = table.With([DhcpHost.Reservation(12) with { Ipv6 = DhcpHost.Reservation(11).Ipv6 }], [DhcpHost.Reservation(11)]);
        Assert.Equal("uid12", Assert.Single(next.All).Uid);
        Assert.Equal("fd00:1:2:3::b", Assert.Single(table.FreedBy(next)).ToString());
        Assert.Empty(table.FreedBy(table.With([DhcpHost.Reservation(12)], [])));
    }
}

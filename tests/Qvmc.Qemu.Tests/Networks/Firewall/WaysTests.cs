using Qvmc.Testing.Namespaces;

namespace Qvmc.Qemu.Tests.Networks.Firewall;

/// <summary>Who reaches whom, by real packets: each way is open where it should be, and shut by the rule that says so.</summary>
public sealed class WaysTests
{
    private const string NoWayIn = "neither an answer nor by a forward";
    private const string NoWayOut = "isolated: no way out";
    private const string NothingElse = "the host offers machines nothing else";

    [NamespaceTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task MachinesReachEachOtherAndTheOutsideWhetherSwitchedFramesAreFilteredOrNot(bool filtered)
    {
        await using var lab = await FirewallLab.CreateAsync("a", "b");
        await lab.FilterSwitchedFramesAsync(filtered);
        await lab.ServeAsync(lab.Outside, "TCP-LISTEN:80,reuseaddr");
        await lab.ServeAsync(lab.Outside, "TCP6-LISTEN:81,reuseaddr");
        await lab.ServeAsync(lab.Machine("b"), "TCP-LISTEN:80,reuseaddr");
        await lab.ServeAsync(lab.Machine("b"), "TCP6-LISTEN:81,reuseaddr");
        await lab.ProtectAsync(("b", FirewallLab.Tcp(8080, "0.0.0.0")));

        // To the outside they come as the host; to each other, as they are.
        Assert.Equal("192.0.2.1", await FirewallLab.AskAsync(lab.Machine("a"), "TCP:192.0.2.2:80"));
        Assert.Equal("2001:db8::1", await FirewallLab.AskAsync(lab.Machine("a"), "TCP:[2001:db8::2]:81"));
        Assert.Equal("10.80.0.2", await FirewallLab.AskAsync(lab.Machine("a"), "TCP:10.80.0.3:80"));
        Assert.Equal("fd80::2", await FirewallLab.AskAsync(lab.Machine("a"), "TCP:[fd80::3]:81"));
        Assert.Equal("10.80.0.1", await FirewallLab.AskAsync(lab.Machine("a"), "TCP:192.0.2.1:8080"));
        Assert.Equal("10.80.0.1", await FirewallLab.AskAsync(lab.Host, "TCP:10.80.0.3:80"));
        await lab.Machine("a").RunAsync("ping", "-q", "-c1", "-W5", "192.0.2.2");
    }

    [NamespaceFact]
    public async Task NobodyReachesAMachineOfAnotherNetworkButByAForward()
    {
        await using var lab = await FirewallLab.CreateAsync("a", "c");
        await lab.ServeAsync(lab.Machine("c"), "TCP-LISTEN:80,reuseaddr");
        await lab.ServeAsync(lab.Machine("c"), "TCP6-LISTEN:81,reuseaddr");

        // The routes are there: without rules they would.
        Assert.NotNull(await FirewallLab.AskAsync(lab.Machine("a"), "TCP:10.81.0.2:80"));
        Assert.NotNull(await FirewallLab.AskAsync(lab.Outside, "TCP:10.81.0.2:80"));

        await lab.ProtectAsync(("c", FirewallLab.Tcp(8080, "192.0.2.1")));
        Assert.Equal(0, await lab.CountAsync(NoWayIn));
        Assert.True(await FirewallLab.IsRefusedAsync(lab.Machine("a"), "TCP:10.81.0.2:80"));
        var after = await lab.CountAsync(NoWayIn);
        Assert.True(after > 0);
        Assert.True(await FirewallLab.IsRefusedAsync(lab.Machine("a"), "TCP:[fd81::2]:81"));
        Assert.True(await lab.CountAsync(NoWayIn) > after);
        after = await lab.CountAsync(NoWayIn);
        Assert.True(await FirewallLab.IsRefusedAsync(lab.Outside, "TCP:10.81.0.2:80"));
        Assert.True(await lab.CountAsync(NoWayIn) > after);
        Assert.NotNull(await FirewallLab.AskAsync(lab.Machine("a"), "TCP:192.0.2.1:8080"));
    }

    [NamespaceFact]
    public async Task NothingLeavesAnIsolatedNetworkButAnswers()
    {
        await using var lab = await FirewallLab.CreateAsync("a", "i");
        await lab.ServeAsync(lab.Outside, "TCP-LISTEN:80,reuseaddr");
        await lab.ServeAsync(lab.Outside, "TCP6-LISTEN:81,reuseaddr");
        await lab.ServeAsync(lab.Machine("i"), "TCP-LISTEN:80,reuseaddr");
        await lab.ServeAsync(lab.Machine("a"), "TCP-LISTEN:80,reuseaddr");
        await lab.ProtectAsync(("i", FirewallLab.Tcp(8080, "0.0.0.0")), ("a", FirewallLab.Tcp(8081, "0.0.0.0")));

        Assert.Equal("192.0.2.2", await FirewallLab.AskAsync(lab.Outside, "TCP:192.0.2.1:8080"));
        Assert.Equal("10.82.0.1", await FirewallLab.AskAsync(lab.Host, "TCP:127.0.0.1:8080"));
        Assert.Equal("10.82.0.1", await FirewallLab.AskAsync(lab.Host, "TCP:10.82.0.2:80"));
        foreach (var (address, times) in new[] { ("TCP:192.0.2.2:80", 1), ("TCP:[2001:db8::2]:81", 2), ("TCP:10.80.0.2:80", 3), ("TCP:192.0.2.1:8081", 4) })
        {
            Assert.True(await FirewallLab.IsRefusedAsync(lab.Machine("i"), $"{address}"));
            Assert.True(await lab.CountAsync(NoWayOut) >= times, address);
        }

        // Its own forwards it may use, which lead back to where it is.
        Assert.Equal("10.82.0.1", await FirewallLab.AskAsync(lab.Machine("i"), "TCP:10.82.0.1:8080"));
    }

    [NamespaceFact]
    public async Task TheHostOffersMachinesNothingButNamesAndAddresses()
    {
        await using var lab = await FirewallLab.CreateAsync("a");
        await lab.ServeAsync(lab.Host, "TCP-LISTEN:53,reuseaddr");
        await lab.ServeAsync(lab.Host, "TCP-LISTEN:7080,reuseaddr");
        await lab.ServeAsync(lab.Host, "UDP-LISTEN:53");
        await lab.ServeAsync(lab.Host, "UDP6-LISTEN:54");
        await lab.ServeAsync(lab.Host, "UDP-LISTEN:68");
        await lab.ServeAsync(lab.Outside, "TCP-LISTEN:80,reuseaddr");
        await lab.ProtectAsync();

        Assert.Equal("10.80.0.2", await FirewallLab.AskAsync(lab.Machine("a"), "TCP:10.80.0.1:53"));
        Assert.Equal("10.80.0.2", await FirewallLab.AskAsync(lab.Machine("a"), "UDP:10.80.0.1:53"));
        await lab.Machine("a").RunAsync("ping", "-q", "-c1", "-W5", "10.80.0.1");
        await lab.Machine("a").RunAsync("ping", "-q", "-c1", "-W5", "fd80::1");

        // By no address of the host's: not on its own network's, nor another's, nor the outside's.
        foreach (var (address, times) in new[] { ("TCP:10.80.0.1:7080", 1), ("TCP:192.0.2.1:7080", 2), ("TCP:10.81.0.1:53", 3), ("TCP:192.0.2.1:53", 4), ("UDP:[fd80::1]:54", 5), ("UDP:10.80.0.1:68", 6) })
        {
            Assert.True(await FirewallLab.IsRefusedAsync(lab.Machine("a"), address.StartsWith("UDP", StringComparison.Ordinal) ? address : $"{address}"));
            Assert.True(await lab.CountAsync(NothingElse) >= times, address);
        }

        // The host itself asks machines, and others ask the host, as ever.
        await lab.Host.RunAsync("ping", "-q", "-c1", "-W5", "10.80.0.2");
        Assert.NotNull(await FirewallLab.AskAsync(lab.Outside, "TCP:192.0.2.1:7080"));
    }
}

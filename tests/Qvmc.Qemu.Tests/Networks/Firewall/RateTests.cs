using Qvmc.Testing.Namespaces;

namespace Qvmc.Qemu.Tests.Networks.Firewall;

/// <summary>A port's rate bounds what it sends and what it receives.</summary>
public sealed class RateTests
{
    // Datagrams, as fast as they go: who sends them does not wait for anybody.
    private const string Flood = """
        import socket, sys
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for _ in range(1000):
            s.sendto(bytes(1400), (sys.argv[1], 9))
        """;

    [NamespaceFact]
    public async Task WhatIsOverTheRateIsDroppedBothWays()
    {
        await using var lab = await FirewallLab.CreateAsync("a", "b");

        // 1.4 MB at once: of a port of 1 Mbit/s about 190 KB pass.
        await lab.Firewall.SetNetworksAsync(FirewallLab.Networks, [FirewallLab.Port("a") with { RateMbit = 1 }, FirewallLab.Port("b")], CancellationToken.None);
        await FloodAsync(lab, "a", "10.80.0.3");
        var sent = await lab.CountAsync("over its rate");
        Assert.InRange(sent, 1, 1000);

        await FloodAsync(lab, "b", "10.80.0.2");
        Assert.InRange(await lab.CountAsync("over its rate"), sent + 1, 2000);

        // One that is fast enough, and one whose rate is beyond what the kernel can reckon with.
        await lab.Firewall.SetNetworksAsync(
            FirewallLab.Networks, [FirewallLab.Port("a") with { RateMbit = 100_000 }, FirewallLab.Port("b") with { RateMbit = 1_000_000 }], CancellationToken.None);
        await FloodAsync(lab, "a", "10.80.0.3");
        await FloodAsync(lab, "b", "10.80.0.2");
        Assert.Equal(0, await lab.CountAsync("over its rate"));

        // Changed while it runs, like any other property of a port.
        await lab.Firewall.SetPortsAsync([FirewallLab.Port("a") with { RateMbit = 1 }], [], CancellationToken.None);
        await FloodAsync(lab, "a", "10.80.0.3");
        Assert.NotEqual(0, await lab.CountAsync("over its rate"));
    }

    private static Task FloodAsync(FirewallLab lab, string from, string to) => lab.Machine(from).RunAsync("/usr/bin/python3", "-c", Flood, to);
}

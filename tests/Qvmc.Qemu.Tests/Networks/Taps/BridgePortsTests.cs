using System.Net;
using Qvmc.Core.Faults;
using Qvmc.Qemu.Networks;
using Qvmc.Qemu.Networks.Taps;
using Qvmc.Qemu.Tests.Networks.Firewall;
using Qvmc.Testing.Namespaces;

namespace Qvmc.Qemu.Tests.Networks.Taps;

/// <summary>Ports of machines that come and go at once, beside networks that do.</summary>
public sealed class BridgePortsTests
{
    [NamespaceFact]
    public async Task WhatWasRefusedIsNotSetLater()
    {
        await using var lab = await FirewallLab.CreateAsync();
        await using var ports = new BridgePorts(lab.NewFirewall());
        await ports.BeginAsync(CancellationToken.None);
        await ports.SetNetworkAsync(FirewallLab.Networks[0], [], CancellationToken.None);
        var (first, second) = (Nic(1, 8080), Nic(2, 8080));
        await ports.SetAsync("lan", first, CancellationToken.None);
        await Assert.ThrowsAsync<FaultException>(() => ports.SetAsync("lan", second, CancellationToken.None));
        await Assert.ThrowsAsync<FaultException>(() => ports.SetAsync("nowhere", first, CancellationToken.None));

        // Another network comes: all is set anew, from what is remembered.
        await ports.SetNetworkAsync(FirewallLab.Networks[1], [], CancellationToken.None);
        var rules = await lab.Host.RunAsync("nft", "list", "ruleset");
        Assert.Contains(first.Tap, rules, StringComparison.Ordinal);
        Assert.DoesNotContain(second.Tap, rules, StringComparison.Ordinal);
        Assert.Contains(first.Name, ports.TakenBy(second.Uid, FirewallLab.Tcp(8080)), StringComparison.Ordinal);
    }

    [NamespaceFact]
    public async Task ManyAtOnceAreAllThereBesideANetworkThatComes()
    {
        await using var lab = await FirewallLab.CreateAsync();
        await using var ports = new BridgePorts(lab.NewFirewall());
        await ports.BeginAsync(CancellationToken.None);
        await ports.SetNetworkAsync(FirewallLab.Networks[0], [], CancellationToken.None);
        var nics = Enumerable.Range(1, 60).Select(i => Nic(i, (uint)(8000 + i))).ToArray();
        await Task.WhenAll([
            .. nics[..30].Select(n => ports.SetAsync("lan", n, CancellationToken.None)), ports.SetNetworkAsync(FirewallLab.Networks[1], [], CancellationToken.None),
            .. nics[30..].Select(n => ports.SetAsync("lan", n, CancellationToken.None))]);
        var rules = await lab.Host.RunAsync("nft", "list", "ruleset");
        Assert.All(nics, n => Assert.Contains($"\"{n.Tap}\" comment \"lan\"", rules, StringComparison.Ordinal));

        await Task.WhenAll([
            .. nics[..30].Select(n => ports.RemoveAsync(n.Tap, CancellationToken.None)), ports.RemoveNetworkAsync("web", CancellationToken.None),
            .. nics[30..].Select(n => ports.RemoveAsync(n.Tap, CancellationToken.None))]);
        rules = await lab.Host.RunAsync("nft", "list", "ruleset");
        Assert.All(nics, n => Assert.DoesNotContain(n.Tap, rules, StringComparison.Ordinal));
        Assert.Contains("qv-lan", rules, StringComparison.Ordinal);
    }

    private static NicRequest Nic(int number, uint port) => new($"machine{number:d5}", 1, $"52:54:00:00:77:{number:x2}")
    {
        Name = $"web{number}",
        Ipv4 = IPAddress.Parse($"10.80.0.{number + 1}"),
        Forwards = [FirewallLab.Tcp(port)],
    };
}

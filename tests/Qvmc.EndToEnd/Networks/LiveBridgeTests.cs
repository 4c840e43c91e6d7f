using Qvmc.EndToEnd.Cluster;
using Qvmc.Testing.Namespaces;

namespace Qvmc.EndToEnd.Networks;

/// <summary>Port forwards and interfaces of a real guest on bridges of ours, while it runs.</summary>
public sealed class LiveBridgeTests(NetworkCluster cluster) : IClassFixture<NetworkCluster>
{
    [NamespaceFact]
    public async Task InterfacesAndForwardsComeAndGoWithTheirPortsAndRules()
    {
        (await cluster.QvmcAsync("launch", "hot", "--image", "tiny", "--memory", "128M")).Expect();
        await cluster.HasAddressAsync("hot", await cluster.AddressAsync("hot"));
        await cluster.InGuestAsync("hot", "/bin/sh", "-c", "mkdir -p /tmp/www && echo inside >/tmp/www/index.html && httpd -p 80 -h /tmp/www");
        (await cluster.QvmcAsync("forward", "add", "hot", "0.0.0.0:8095:80")).Expect();
        Assert.Equal("inside\n", await FetchAsync());
        (await cluster.QvmcAsync("forward", "remove", "hot", "0.0.0.0:8095")).Expect();
        await Assert.ThrowsAsync<InvalidOperationException>(FetchAsync);

        Assert.Contains("interface 2 is added (wall", (await cluster.QvmcAsync("nic", "add", "hot", "wall")).Expect().Output, StringComparison.Ordinal);
        var nic = (await cluster.InfoAsync("hot")).GetProperty("status").GetProperty("nics")[1];
        var (address, tap) = (nic.GetProperty("ipv4").GetString()!, nic.GetProperty("hostInterface").GetString()!);
        await SeesAsync("[ -e /sys/class/net/eth1 ]");
        await cluster.InGuestAsync("hot", "/bin/sh", "-c", "ip link set eth1 up && udhcpc -i eth1 -n -q -t 20 -T 1");
        Assert.Contains($"inet {address}/24", await cluster.InGuestAsync("hot", "ip", "-4", "address", "show", "eth1"), StringComparison.Ordinal);
        await cluster.InGuestAsync("hot", "ping", "-c", "1", "-W", "10", "-I", "eth1", "10.81.0.1");
        Assert.Contains(tap, await LinksAsync(), StringComparison.Ordinal);

        // A daemon that starts later knows of it, and takes it back when it goes.
        await cluster.Qemu.KillAsync();
        await cluster.Qemu.StartAsync();
        (await cluster.QvmcAsync("wait", "hot", "--for", "ready")).Expect();
        await cluster.InGuestAsync("hot", "ping", "-c", "1", "-W", "10", "-I", "eth1", "10.81.0.1");
        Assert.Equal("hot: interface 2 is removed\n", (await cluster.QvmcAsync("nic", "remove", "hot", "2")).Expect().Output);
        await SeesAsync("[ ! -e /sys/class/net/eth1 ]");
        Assert.DoesNotContain(tap, await LinksAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(tap, await RulesAsync(), StringComparison.Ordinal);

        // And when it ends with its machine.
        (await cluster.QvmcAsync("nic", "add", "hot", "wall")).Expect();
        Assert.Contains(tap, await LinksAsync(), StringComparison.Ordinal);
        Assert.Contains(tap, await RulesAsync(), StringComparison.Ordinal);
        await cluster.Qemu.KillAsync();
        await cluster.Qemu.StartAsync();
        (await cluster.QvmcAsync("delete", "hot", "--force")).Expect();
        Assert.DoesNotContain(tap[..^1], await LinksAsync() + await RulesAsync(), StringComparison.Ordinal);
    }

    private Task<string> FetchAsync() =>
        cluster.Outside.RunAsync("curl", "-sS", "--fail", "--max-time", "10", $"http://{NetworkCluster.HostAddress}:8095/");

    private Task<string> LinksAsync() => cluster.Host.RunAsync("ip", "-o", "link");

    private Task<string> RulesAsync() => cluster.Host.RunAsync("nft", "list", "ruleset");

    // In the guest devices come and go in their own time, and nothing tells of it.
    private Task SeesAsync(string condition) => cluster.InGuestAsync(
        "hot", "sh", "-c", $"tries=0; until {condition}; do tries=$((tries + 1)); [ $tries -lt 400 ] || exit 1; usleep 100000; done");
}

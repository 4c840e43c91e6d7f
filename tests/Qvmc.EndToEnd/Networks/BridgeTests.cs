using System.Text.Json;
using Qvmc.EndToEnd.Cluster;
using Qvmc.Testing.Namespaces;

namespace Qvmc.EndToEnd.Networks;

/// <summary>Machines on a bridge of ours: with each other, with the outside, and through whatever is killed.</summary>
public sealed class BridgeTests(NetworkCluster cluster) : IClassFixture<NetworkCluster>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [NamespaceFact]
    public async Task TwoGuestsReachEachOtherByNameAndTheOutsideAndAreReachedFromThere()
    {
        var longName = new string('b', 63);
        await Task.WhenAll(LaunchAsync("a", "--forward", "0.0.0.0:8080:80", "--forward", "8081:80"), LaunchAsync(longName));
        var nic = (await cluster.InfoAsync("a")).GetProperty("status").GetProperty("nics")[0];
        var address = nic.GetProperty("ipv4").GetString()!;
        Assert.Equal("lan", nic.GetProperty("network").GetString());
        Assert.Equal("a.lan.qvmc.internal", nic.GetProperty("hostname").GetString());
        Assert.StartsWith("q", nic.GetProperty("hostInterface").GetString(), StringComparison.Ordinal);
        await cluster.HasAddressAsync("a", address);
        await cluster.HasAddressAsync(longName, await cluster.AddressAsync(longName));

        // Names lead to the other kind of address as well, which guests ask for afterwards.
        foreach (var name in new[] { "a", longName })
        {
            await cluster.HasAddressAsync(name, (await cluster.InfoAsync(name)).GetProperty("status").GetProperty("nics")[0].GetProperty("ipv6").GetString()!);
        }

        var status = await cluster.WaitAsync("a", s => Addresses(s).Contains(address), "known by its address");
        Assert.Equal(1, Addresses(status.GetProperty("status")).Count(a => a == address));

        await cluster.InGuestAsync("a", "ping", "-c", "1", "-W", "10", $"{longName}.lan.qvmc.internal");
        await cluster.InGuestAsync(longName, "ping", "-c", "1", "-W", "10", "a.lan.qvmc.internal");
        Assert.Contains(address, await cluster.Host.RunAsync("dig", "+short", "+time=5", "@10.80.0.1", "a.lan.qvmc.internal"), StringComparison.Ordinal);

        Assert.Equal("outside\n", await cluster.InGuestAsync("a", "timeout", "10", "wget", "-q", "-O", "-", $"http://{NetworkCluster.OutsideAddress}/"));
        await cluster.InGuestAsync("a", "/bin/sh", "-c", "mkdir -p /tmp/www && echo inside >/tmp/www/index.html && httpd -p 80 -h /tmp/www");
        Assert.Equal("inside\n", await FetchAsync(cluster.Outside, NetworkCluster.HostAddress, 8080));
        Assert.Equal("inside\n", await FetchAsync(cluster.Host, "127.0.0.1", 8080));
        Assert.Equal("inside\n", await FetchAsync(cluster.Host, "127.0.0.1", 8081));
        Assert.Equal("inside\n", await cluster.InGuestAsync(longName, "timeout", "10", "wget", "-q", "-O", "-", $"http://{NetworkCluster.Gateway4}:8080/"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => FetchAsync(cluster.Outside, NetworkCluster.HostAddress, 8081));
        (await cluster.QvmcAsync("delete", "a", longName, "--force")).Expect();
    }

    [NamespaceFact]
    public async Task AnAddressOutlivesStopsTheDaemonTheServerAndItsLeases()
    {
        await LaunchAsync("keeps");
        var address = await cluster.AddressAsync("keeps");
        (await cluster.QvmcAsync("stop", "keeps")).Expect();
        await LaunchAsync("other");
        Assert.NotEqual(address, await cluster.AddressAsync("other"));
        (await cluster.QvmcAsync("start", "keeps")).Expect();
        await ExpectAsync();

        await cluster.Qemu.KillAsync();
        await cluster.Qemu.StartAsync();
        (await cluster.QvmcAsync("wait", "keeps", "--for", "ready")).Expect();
        await ExpectAsync();

        await KillServerAsync();
        (await cluster.QvmcAsync("restart", "keeps")).Expect();
        await ExpectAsync();

        // The host starts anew without a memory of any lease.
        (await cluster.QvmcAsync("stop", "keeps")).Expect();
        await cluster.Qemu.KillAsync();
        await KillServerAsync(isSupervised: false);
        foreach (var leases in Directory.EnumerateFiles(Path.Combine(cluster.Root, "qemu", "networks", "lan"), "*lease*"))
        {
            File.Delete(leases);
        }

        await cluster.Qemu.StartAsync();
        (await cluster.QvmcAsync("start", "keeps")).Expect();
        await ExpectAsync();
        (await cluster.QvmcAsync("delete", "keeps", "other", "--force")).Expect();

        async Task ExpectAsync()
        {
            Assert.Equal(address, await cluster.AddressAsync("keeps"));
            await cluster.WaitAsync("keeps", s => Addresses(s).Contains(address), "at its address");
            await cluster.HasAddressAsync("keeps", address);
        }
    }

    [NamespaceFact]
    public async Task IsolatedGuestsReachNobodyOutsideAndAreReachedByForwards()
    {
        await Task.WhenAll(
            LaunchAsync("walled", "--network", "wall", "--forward", "0.0.0.0:8090:80"),
            LaunchAsync("free"));
        var free = await cluster.AddressAsync("free");
        await cluster.HasAddressAsync("free", free);
        await cluster.HasAddressAsync("walled", await cluster.AddressAsync("walled"));
        Assert.NotEqual(0, (await cluster.QvmcAsync("exec", "walled", "--", "timeout", "3", "wget", "-q", "-O", "-", $"http://{NetworkCluster.OutsideAddress}/")).ExitCode);
        Assert.NotEqual(0, (await cluster.QvmcAsync("exec", "walled", "--", "ping", "-c", "1", "-W", "3", free)).ExitCode);
        await cluster.InGuestAsync("walled", "/bin/sh", "-c", "mkdir -p /tmp/www && echo inside >/tmp/www/index.html && httpd -p 80 -h /tmp/www");
        Assert.Equal("inside\n", await FetchAsync(cluster.Outside, NetworkCluster.HostAddress, 8090));

        // Whoever takes another's address, or none of ours, is not heard.
        await cluster.InGuestAsync("free", "ping", "-c", "1", "-W", "10", NetworkCluster.Gateway4);
        await cluster.InGuestAsync("free", "ip", "address", "add", "10.80.0.200/24", "dev", "eth0");
        Assert.NotEqual(0, (await cluster.QvmcAsync("exec", "free", "--", "ping", "-c", "1", "-W", "3", "-I", "10.80.0.200", NetworkCluster.Gateway4)).ExitCode);
        await cluster.InGuestAsync("free", "ping", "-c", "1", "-W", "10", NetworkCluster.Gateway4);
        (await cluster.QvmcAsync("delete", "walled", "free", "--force")).Expect();
    }

    private static IReadOnlyList<string> Addresses(JsonElement status) => status.TryGetProperty("addresses", out var addresses)
        ? [.. addresses.EnumerateArray().Select(a => a.GetProperty("ip").GetString()!)]
        : [];

    private static Task<string> FetchAsync(TestNamespace from, string address, int port) =>
        from.RunAsync("curl", "-sS", "--fail", "--max-time", "10", $"http://{address}:{port}/");

    private async Task LaunchAsync(string name, params string[] arguments) =>
        (await cluster.QvmcAsync(["launch", name, "--image", "tiny", "--memory", "128M", .. arguments])).Expect();

    private async Task KillServerAsync(bool isSupervised = true)
    {
        var pid = await ServerAsync();
        await TestNamespace.SignalAsync("KILL", pid);
        if (isSupervised)
        {
            using var limit = new CancellationTokenSource(Limit);
            while (await ServerAsync() is var now && (now == 0 || now == pid))
            {
                limit.Token.ThrowIfCancellationRequested();
            }
        }
    }

    private async Task<int> ServerAsync()
    {
        foreach (var pid in await cluster.Host.PidsAsync())
        {
            if (File.Exists($"/proc/{pid}/cmdline") && (await File.ReadAllTextAsync($"/proc/{pid}/cmdline")).Split('\0') is [var program, ..] command
                && program.EndsWith("dnsmasq", StringComparison.Ordinal) && command.Any(c => c.Contains("/networks/lan/", StringComparison.Ordinal)))
            {
                return pid;
            }
        }

        return 0;
    }
}

using System.Text.Json;
using Qvmc.EndToEnd.Cluster;
using Qvmc.Testing.Namespaces;

namespace Qvmc.EndToEnd.Networks;

/// <summary>Machines on a bridge of ours have an IPv6 address by DHCPv6, for life too.</summary>
public sealed class Ipv6Tests(NetworkCluster cluster) : IClassFixture<NetworkCluster>
{
    [NamespaceFact]
    public async Task GuestsGetWhatIsReservedAndReachEachOtherByName()
    {
        await Task.WhenAll(LaunchAsync("six-a"), LaunchAsync("six-b"));
        var (a, b) = (await ReservedAsync("six-a"), await ReservedAsync("six-b"));
        Assert.NotEqual(a, b);
        Assert.StartsWith("fd", a, StringComparison.Ordinal);
        await ExpectAsync("six-a", a);
        await ExpectAsync("six-b", b);
        Assert.Contains(a, await cluster.Host.RunAsync("dig", "+short", "+time=5", "@10.80.0.1", "six-a.lan.qvmc.internal", "AAAA"), StringComparison.Ordinal);
        Assert.Contains("six-b.lan.qvmc.internal.", await cluster.Host.RunAsync("dig", "+short", "+time=5", "@10.80.0.1", "-x", b), StringComparison.Ordinal);
        await cluster.InGuestAsync("six-a", "ping", "-6", "-c", "1", "-W", "10", "six-b.lan.qvmc.internal");

        // A guest that keeps nothing from one start to the next.
        (await cluster.QvmcAsync("restart", "six-a")).Expect();
        Assert.Equal(a, await ReservedAsync("six-a"));
        await ExpectAsync("six-a", a);
        (await cluster.QvmcAsync("delete", "six-a", "six-b", "--force")).Expect();
    }

    private async Task<string> ReservedAsync(string name) =>
        (await cluster.InfoAsync(name)).GetProperty("status").GetProperty("nics")[0].GetProperty("ipv6").GetString()!;

    // Leased, as the host says, and in the guest.
    private async Task ExpectAsync(string name, string address)
    {
        await cluster.WaitAsync(name, s => s.TryGetProperty("addresses", out var all) && all.EnumerateArray().Any(Is), "at its IPv6 address");
        await cluster.InGuestAsync(name, "/bin/sh", "-c", $"for i in $(seq 100); do ip -6 address show dev eth0 | grep -q 'inet6 {address}/' && exit; usleep 100000; done; exit 1");

        bool Is(JsonElement a) => a.GetProperty("ip").GetString() == address;
    }

    private async Task LaunchAsync(string name) =>
        (await cluster.QvmcAsync("launch", name, "--image", "tiny", "--memory", "128M")).Expect();
}

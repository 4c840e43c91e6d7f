using System.Text.Json.Nodes;
using Qvmc.EndToEnd.Cluster;
using Qvmc.Testing.Namespaces;

namespace Qvmc.EndToEnd.Networks;

/// <summary>A guest that says it is somebody else is not heard, and the one it speaks of is none the worse for it.</summary>
public sealed class LyingGuestTests(NetworkCluster cluster) : IClassFixture<NetworkCluster>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [NamespaceFact]
    public async Task ALyingGuestIsNotHeard()
    {
        await Task.WhenAll(LaunchAsync("liar"), LaunchAsync("honest"));
        var (own, honest, mac) = (await cluster.AddressAsync("liar"), await cluster.AddressAsync("honest"), await MacAsync("honest"));
        await cluster.HasAddressAsync("liar", own);
        await cluster.HasAddressAsync("honest", honest);
        await cluster.InGuestAsync("liar", "ping", "-c", "1", "-W", "10", NetworkCluster.Gateway4);
        await cluster.InGuestAsync("liar", "ping", "-c", "1", "-W", "10", honest);

        // "That address is here": on the host and elsewhere it still is where it was.
        await ShellAsync("liar", $"ip address add {honest}/32 dev eth0 && arping -U -c 2 -I eth0 -s {honest} {honest}; arping -A -c 2 -I eth0 -s {honest} {honest}; true");
        await CountedAsync("ARP for another's address");
        await cluster.Host.RunAsync("ping", "-q", "-c1", "-W10", honest);
        Assert.Contains(mac, await cluster.Host.RunAsync("ip", "neighbour", "show", "to", honest), StringComparison.Ordinal);

        // "I am that one."
        Assert.NotEqual(0, (await cluster.QvmcAsync("exec", "liar", "--", "ping", "-c", "1", "-W", "2", "-I", honest, NetworkCluster.Gateway4)).ExitCode);
        await CountedAsync("not its own IPv4 address");
        await ShellAsync("liar", $"ip address del {honest}/32 dev eth0");

        // "I give addresses here": who asks hears only the one who does.
        await ShellAsync("liar", $"printf 'start 10.80.0.240\\nend 10.80.0.250\\ninterface eth0\\nlease_file /tmp/leases\\npidfile /tmp/udhcpd\\noption router {own}\\n' >/tmp/udhcpd.conf && touch /tmp/leases && udhcpd /tmp/udhcpd.conf");
        Assert.Contains($"lease of {honest} obtained from {NetworkCluster.Gateway4}", await ShellAsync("honest", "udhcpc -i eth0 -n -q -s /bin/true 2>&1"), StringComparison.Ordinal);
        await CountedAsync("a DHCP server");
        await ShellAsync("liar", "killall udhcpd");
        await cluster.InGuestAsync("liar", "ping", "-c", "1", "-W", "10", NetworkCluster.OutsideAddress);

        // Once more after somebody flushed the host's rules, and they were put back.
        await cluster.Host.RunAsync("nft", "flush", "ruleset");
        await WaitAsync(async () => (await cluster.Host.RunAsync("nft", "list", "tables")).Contains("table bridge qvmc", StringComparison.Ordinal));
        await ShellAsync("liar", $"ip address add {honest}/32 dev eth0; ping -c 1 -W 2 -I {honest} {NetworkCluster.Gateway4}; ip address del {honest}/32 dev eth0");
        await CountedAsync("not its own IPv4 address");
        await cluster.InGuestAsync("liar", "ping", "-c", "1", "-W", "10", NetworkCluster.OutsideAddress);

        // "My card is that one's."
        await ShellAsync("liar", $"ip link set eth0 down; ip link set eth0 address {mac}; ip link set eth0 up; ping -c 1 -W 2 {NetworkCluster.Gateway4}; true");
        await CountedAsync("not its own hardware address");
        await cluster.Host.RunAsync("ping", "-q", "-c1", "-W10", honest);
        await cluster.InGuestAsync("honest", "ping", "-c", "1", "-W", "10", NetworkCluster.OutsideAddress);
        (await cluster.QvmcAsync("delete", "liar", "honest", "--force")).Expect();

        // Nothing of them is left in the rules.
        Assert.DoesNotContain(mac, await cluster.Host.RunAsync("nft", "list", "ruleset"), StringComparison.Ordinal);
    }

    private async Task<string> ShellAsync(string name, string script) => (await cluster.QvmcAsync("exec", name, "--", "/bin/sh", "-c", script)).Output;

    private async Task LaunchAsync(string name) => (await cluster.QvmcAsync("launch", name, "--image", "tiny", "--memory", "128M")).Expect();

    private async Task<string> MacAsync(string name) => (await cluster.InfoAsync(name)).GetProperty("status").GetProperty("nics")[0].GetProperty("mac").GetString()!;

    // What was sent may be on its way still.
    private Task CountedAsync(string comment) => WaitAsync(async () =>
    {
        var rules = JsonNode.Parse(await cluster.Host.RunAsync("nft", "-j", "list", "ruleset"))!["nftables"]!.AsArray();
        return rules.Select(r => r!["rule"]).Where(r => r?["comment"]?.GetValue<string>() == comment)
            .SelectMany(r => r!["expr"]!.AsArray()).Any(e => e!["counter"]?["packets"]?.GetValue<long>() > 0);
    });

    private static async Task WaitAsync(Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!await holds())
        {
            await Task.Delay(100, limit.Token);
        }
    }
}

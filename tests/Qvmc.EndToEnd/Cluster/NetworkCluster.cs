using System.Diagnostics;
using Qvmc.Testing.Namespaces;

namespace Qvmc.EndToEnd.Cluster;

/// <summary>
/// A cluster whose host is in a network namespace, with a bridge network, joined to a second namespace that plays the
/// outside and serves a file over HTTP. The outside knows no way to the machines: what comes back was translated.
/// </summary>
public class NetworkCluster : TestCluster
{
    public const string Subnet = "10.80.0.0/24", Gateway4 = "10.80.0.1", OutsideAddress = "192.0.2.2", HostAddress = "192.0.2.1";

    private TestNamespace? _host;
    private TestNamespace? _outside;
    private Process? _server;

    public NetworkCluster()
        : this("")
    {
    }

    /// <summary>With further members of the settings of <c>qvmc qemu</c>, each followed by a comma.</summary>
    protected NetworkCluster(string qemuSettings)
        : base($$"""
            {{qemuSettings}}
            "networks": [
                { "name": "lan", "bridge": { "subnet": "{{Subnet}}", "range": "10.80.0.10-10.80.0.59", "subnet6": "fd00:80::/64" } },
                { "name": "wall", "bridge": { "subnet": "10.81.0.0/24", "isolated": true } },
                { "name": "user", "user": {} }
              ],
            """)
    {
    }

    public TestNamespace Host => _host!;

    public TestNamespace Outside => _outside!;

    public override async Task InitializeAsync()
    {
        if (TestNamespace.Obstacle is not null)
        {
            // Every test of the cluster is left out, by its own name.
            return;
        }

        (_host, _outside) = (await TestNamespace.CreateAsync(), await TestNamespace.CreateAsync());
        await Host.JoinAsync("up0", $"{HostAddress}/24", Outside, "down0", $"{OutsideAddress}/24");
        await Host.ShellAsync($"ip route add default via {OutsideAddress}; ip address add fd00:99::1/64 dev up0 nodad; ip -6 route add default via fd00:99::2");
        await Outside.ShellAsync("ip address add fd00:99::2/64 dev down0 nodad");
        var site = Directory.CreateDirectory(Path.Combine(Root, "site")).FullName;
        await File.WriteAllTextAsync(Path.Combine(site, "index.html"), "outside\n");
        _server = await ServeAsync(site);

        // Others' things, of which nothing may be touched. Settings of single interfaces are what the kernel changes with
        // those of the whole host.
        await Host.ShellAsync("""
            echo 0 >/proc/sys/net/ipv4/conf/all/accept_redirects; echo 1 >/proc/sys/net/ipv4/conf/up0/forwarding; echo 1 >/proc/sys/net/ipv6/conf/up0/forwarding
            ip link add br-others type bridge; ip link set br-others addrgenmode none; ip address add 172.30.0.1/24 dev br-others; ip link set br-others up
            nft add table inet others; nft add chain inet others forward '{ type filter hook forward priority 10; }'; nft add rule inet others forward tcp dport 25 drop
            """);
        await Host.ShellAsync("for i in $(seq 100); do ip -6 address show dev up0 | grep -q tentative || break; sleep 0.1; done");
        Before = await LookAsync();
        Qemu.Starter = Command;
        await base.InitializeAsync();
    }

    public override async Task DisposeAsync()
    {
        if (_host is null)
        {
            return;
        }

        try
        {
            await base.DisposeAsync();
        }
        finally
        {
            await Outside.DisposeAsync();
            await Host.DisposeAsync();
            await (_server?.WaitForExitAsync() ?? Task.CompletedTask);
            _server?.Dispose();
        }
    }

    /// <summary>The host as it was before any daemon ran on it.</summary>
    public string Before { get; private set; } = "";

    /// <summary>The host's network now: interfaces, addresses, routes, rules, and the kernel's settings.</summary>
    public Task<string> LookAsync() => Host.ShellAsync("""
        ip -o address | sed 's/ tentative//'; ip route show table all; ip rule; ip -6 rule; nft list ruleset
        cd /proc/sys/net; find ipv4/conf ipv6/conf ipv4/ip_forward -type f ! -name stable_secret | sort | xargs grep -H .
        """);

    /// <summary>How the daemon of the host is started.</summary>
    protected virtual ProcessStartInfo Command(string[] command) => Host.Command(command);

    /// <summary>Runs a command in an instance's guest by its agent, and returns what it printed.</summary>
    public async Task<string> InGuestAsync(string name, params string[] command) => (await QvmcAsync(["exec", name, "--", .. command])).Expect().Output;

    /// <summary>The IPv4 address that is reserved for an instance's only interface.</summary>
    public async Task<string> AddressAsync(string name) =>
        (await InfoAsync(name)).GetProperty("status").GetProperty("nics")[0].GetProperty("ipv4").GetString()!;

    /// <summary>Waits until the guest has given its interface that address: its agent answers before its DHCP client is done.</summary>
    public Task HasAddressAsync(string name, string address) =>
        InGuestAsync(name, "timeout", "60", "/bin/sh", "-c", $"until ip address show eth0 | grep -e 'inet {address}/24' -e 'inet6 {address}/' | grep -qv tentative; do usleep 100000; done");

    // Both families, for the outside is reached by both.
    private async Task<Process> ServeAsync(string site)
    {
        var start = Outside.Command("python3", "-u", "-m", "http.server", "80", "--bind", "::", "--directory", site);
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        var server = Process.Start(start)!;
        var line = await server.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Contains("Serving HTTP", line, StringComparison.Ordinal);
        server.BeginErrorReadLine();
        return server;
    }
}

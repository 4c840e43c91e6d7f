using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Qvmc.Protos.Instance.V1;
using Qvmc.Qemu.Networks.Firewall;
using Qvmc.Testing.Namespaces;

namespace Qvmc.Qemu.Tests.Networks.Firewall;

/// <summary>
/// A host with three networks of ours and machines on them, each a namespace, and the outside: 192.0.2.2 and
/// 2001:db8::2. Machines "a" and "b" are on "lan" (10.80.0.0/24), "c" on "web" (10.81.0.0/24), "i" on "vault"
/// (10.82.0.0/24), which is isolated; each is .2, "b" is .3, and IPv6 likewise in fd80::/64, fd81::/64, fd82::/64.
/// The outside has routes to all of them, so that nothing but rules keeps it out.
/// </summary>
internal sealed class FirewallLab : IAsyncDisposable
{
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private const string Ask = """
        import socket, sys
        kind, host, port, seconds = sys.argv[1:]
        target = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM if kind == "UDP" else socket.SOCK_STREAM)[0]
        asker = socket.socket(*target[:3])
        asker.settimeout(float(seconds))
        try:
            asker.connect(target[4])
            asker.send(b"who")
            print(asker.recv(100).decode(), end="")
        except OSError as e:
            print(e)
        """;

    private readonly Dictionary<string, TestNamespace> _machines = [];
    private readonly List<Service> _services = [];

    private FirewallLab(TestNamespace host, TestNamespace outside)
    {
        (Host, Outside) = (host, outside);
        Firewall = NewFirewall();
    }

    internal TestNamespace Host { get; }

    internal TestNamespace Outside { get; }

    internal NetFirewall Firewall { get; }

    internal static IReadOnlyList<FirewallNetwork> Networks { get; } =
    [
        Network("lan", "10.80.0", "fd80::", isolated: false), Network("web", "10.81.0", "fd81::", isolated: false), Network("vault", "10.82.0", "fd82::", isolated: true),
    ];

    /// <summary>Makes it; the machines that are named are there, and no rules yet.</summary>
    internal static async Task<FirewallLab> CreateAsync(params string[] machines)
    {
        var lab = new FirewallLab(await TestNamespace.CreateAsync(), await TestNamespace.CreateAsync());
        try
        {
            await lab.SetUpAsync(machines);
            return lab;
        }
        catch
        {
            await lab.DisposeAsync();
            throw;
        }
    }

    internal NetFirewall NewFirewall() => new(Host.Wrap("nft"), TimeProvider.System, NullLogger<NetFirewall>.Instance);

    /// <summary>A machine's port, as the firewall is told.</summary>
    internal static FirewallPort Port(string machine, params PortForward[] forwards)
    {
        var (network, last) = Place(machine);
        return new FirewallPort(
            $"q{machine}", network.Name, $"{network.BridgeMac[..^2]}{last:x2}", IPAddress.Parse($"{network.Gateway}"[..^1] + last), IPAddress.Parse($"{network.Gateway6}"[..^1] + last), forwards, 0);
    }

    internal static PortForward Tcp(uint hostPort, string hostAddress = "") => new() { HostAddress = hostAddress, HostPort = hostPort, GuestPort = 80 };

    internal static PortForward Udp(uint hostPort, string hostAddress = "") => new() { HostAddress = hostAddress, HostPort = hostPort, GuestPort = 53, Protocol = Protocol.Udp };

    internal TestNamespace Machine(string name) => _machines[name];

    /// <summary>Sets the rules for the machines that are there, with these forwards.</summary>
    internal Task ProtectAsync(params (string Machine, PortForward Forward)[] forwards) => Firewall.SetNetworksAsync(
        Networks, [.. _machines.Keys.Select(m => Port(m, [.. forwards.Where(f => f.Machine == m).Select(f => f.Forward)]))], CancellationToken.None);

    /// <summary>Has a service listen that tells whoever asks with what address they came ("TCP-LISTEN:80", "UDP6-LISTEN:53").</summary>
    internal async Task ServeAsync(TestNamespace where, string address) => _services.Add(await Service.StartAsync(where, address));

    /// <summary>Asks such a service ("TCP:192.0.2.1:80", "UDP:[fd80::1]:53"); null: nobody answered.</summary>
    /// <param name="from">Who asks.</param>
    /// <param name="address">Whom.</param>
    /// <param name="seconds">How long an answer may take: short where none is expected.</param>
    internal static async Task<string?> AskAsync(TestNamespace from, string address, double seconds = 10)
    {
        var (kind, end) = (address[..3], address.LastIndexOf(':'));
        var answer = await from.RunAsync(
            "/usr/bin/python3", "-c", Ask, kind, address[4..end].Trim('[', ']'), address[(end + 1)..], seconds.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return answer.StartsWith("peer ", StringComparison.Ordinal) ? IPAddress.Parse(answer.Split('\n')[0]["peer ".Length..]).ToString() : null;
    }

    /// <summary>The same where nobody should answer.</summary>
    internal static async Task<bool> IsRefusedAsync(TestNamespace from, string address) => await AskAsync(from, address, 0.5) is null;

    /// <summary>Whether frames that are switched between ports of a bridge pass the host's IP rules too.</summary>
    internal Task FilterSwitchedFramesAsync(bool filter) => Host.ShellAsync(
        $"for f in ip ip6 arp; do [ ! -e /proc/sys/net/bridge/bridge-nf-call-${{f}}tables ] || echo {(filter ? 1 : 0)} >/proc/sys/net/bridge/bridge-nf-call-${{f}}tables; done");

    /// <summary>How many packets rules with that comment have seen.</summary>
    internal async Task<long> CountAsync(string comment)
    {
        var rules = JsonNode.Parse(await Host.RunAsync("nft", "-j", "list", "ruleset"))!["nftables"]!.AsArray();
        return rules.Select(r => r!["rule"]).Where(r => r?["comment"]?.GetValue<string>() == comment)
            .SelectMany(r => r!["expr"]!.AsArray()).Select(e => e!["counter"]?["packets"]?.GetValue<long>() ?? 0).Sum();
    }

    public async ValueTask DisposeAsync()
    {
        await Firewall.DisposeAsync();
        foreach (var service in _services)
        {
            service.Dispose();
        }

        foreach (var space in _machines.Values.Append(Outside).Append(Host))
        {
            await space.DisposeAsync();
        }
    }

    private static FirewallNetwork Network(string name, string prefix, string prefix6, bool isolated) => new(
        name, $"qv-{name}", IsOurs: true, IPNetwork.Parse($"{prefix}.0/24"), IPAddress.Parse($"{prefix}.1"), IPNetwork.Parse($"{prefix6}/64"), IPAddress.Parse($"{prefix6}1"), isolated)
    {
        BridgeMac = $"52:54:00:00:{prefix.Split('.')[1]}:01",
    };

    private static (FirewallNetwork Network, int Last) Place(string machine) => machine switch
    {
        "a" => (Networks[0], 2),
        "b" => (Networks[0], 3),
        "c" => (Networks[1], 2),
        _ => (Networks[2], 2),
    };

    private async Task SetUpAsync(string[] machines)
    {
        await Host.JoinAsync("up0", "192.0.2.1/24", Outside, "down0", "192.0.2.2/24");
        await Outside.ShellAsync("""
            ip address add 2001:db8::2/64 dev down0 nodad
            ip route add 10.80.0.0/14 via 192.0.2.1
            ip route add fd80::/12 via 2001:db8::1
            """);
        await Host.ShellAsync($"""
            ip address add 2001:db8::1/64 dev up0 nodad
            echo 1 >/proc/sys/net/ipv4/ip_forward
            echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
            {string.Join('\n', Networks.Select(n => $"""
            ip link add {n.Bridge} address {n.BridgeMac} type bridge
            ip address add {n.Gateway}/24 dev {n.Bridge}
            ip address add {n.Gateway6}/64 dev {n.Bridge} nodad
            ip link set {n.Bridge} up
            echo 1 >/proc/sys/net/ipv4/conf/{n.Bridge}/route_localnet
            """))}
            """);
        await FilterSwitchedFramesAsync(false);
        foreach (var name in machines)
        {
            await AddAsync(name);
        }
    }

    private async Task AddAsync(string name)
    {
        var (machine, port, network) = (await TestNamespace.CreateAsync(), Port(name), Place(name).Network);
        _machines[name] = machine;
        await Host.ShellAsync($"""
            ip link add {port.Interface} type veth peer name eth0 address {port.Mac} netns {machine.Name}
            ip link set {port.Interface} up master {network.Bridge}
            """);
        await machine.ShellAsync($"""
            ip address add {port.Ipv4}/24 dev eth0
            ip address add {port.Ipv6}/64 dev eth0 nodad
            ip link set eth0 up
            ip route add default via {network.Gateway}
            ip -6 route add default via {network.Gateway6}
            """);
    }
}

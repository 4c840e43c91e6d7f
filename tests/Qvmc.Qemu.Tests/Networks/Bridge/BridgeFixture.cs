using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Qvmc.Protos.Settings.V1;
using Qvmc.Qemu.Networks;
using Qvmc.Qemu.Networks.Bridge;
using Qvmc.Qemu.Networks.Dhcp;
using Qvmc.Qemu.Networks.Firewall;
using Qvmc.Qemu.Networks.Links;
using Qvmc.Qemu.Networks.Taps;
using Qvmc.Testing.Namespaces;

namespace Qvmc.Qemu.Tests.Networks.Bridge;

/// <summary>
/// A host's bridge networks in a namespace: real links, rules and servers. Only the kernel's settings are a tree of files,
/// since this process is not in the namespace.
/// </summary>
internal sealed class BridgeFixture : IAsyncDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("qbr-").FullName;

    private BridgeFixture(TestNamespace host)
    {
        Namespace = host;
        File.SetUnixFileMode(_root, File.GetUnixFileMode(_root) | UnixFileMode.OtherExecute);
        Links = new HostLinks(host.Wrap("ip"), TimeProvider.System);
        WriteSetting("net/ipv4/ip_forward", "0");
        WriteSetting("net/ipv6/conf/all/forwarding", "0");
        foreach (var link in new[] { "qv-lan", "br-new" })
        {
            WriteSetting($"net/ipv4/conf/{link}/route_localnet", "0");
            WriteSetting($"net/ipv6/conf/{link}/accept_ra", "1");
            WriteSetting($"net/ipv6/conf/{link}/disable_ipv6", "0");
        }
    }

    internal TestNamespace Namespace { get; }

    internal HostLinks Links { get; }

    internal string Networks => Path.Combine(_root, "networks");

    internal static async Task<BridgeFixture> CreateAsync() => new(await TestNamespace.CreateAsync());

    /// <summary>A daemon's networks, in place of an earlier one's.</summary>
    internal NetworkTable Make(params NetworkSettings[] settings)
    {
        var ports = new BridgePorts(new NetFirewall(Namespace.Wrap("nft"), TimeProvider.System, NullLogger<NetFirewall>.Instance));
        var host = new BridgeHost
        {
            Links = Links,
            Space = new AddressSpace(Links),
            Sysctls = new HostSysctls(Path.Combine(_root, "sys"), Path.Combine(Networks, "_sysctls.json")),
            Ports = ports,
            Taps = new TapPorts(Links, ports, new TapOwner(65534, Vhost: false)),
            Resolver = new HostResolver(new NetTool("resolvectl", "systemd-resolved", TimeProvider.System), () => false),
            Directory = Networks,
            MakeDhcp = network => new DhcpService(
                new DhcpServiceOptions { Directory = Path.Combine(Networks, network), Dnsmasq = Namespace.Wrap("dnsmasq"), InterfaceDirectory = "/nowhere" },
                TimeProvider.System,
                NullLogger<DhcpService>.Instance),
            Log = NullLogger.Instance,
        };
        Directory.CreateDirectory(Networks);
        return new NetworkTable(settings, new HostNetworks(host, [.. settings.Select(s => s.Name)]), NullLogger.Instance, TimeProvider.System);
    }

    internal static NetworkSettings Lan(string subnet = "10.80.0.0/24") =>
        new() { Name = "lan", Bridge = new BridgeNetwork { Subnet = subnet, Subnet6 = "fd00:80::/64" } };

    internal static NicRequest Nic(char machine, uint slot = 1) => new($"abcdefghijk{machine}", slot, $"52:54:00:00:0{slot}:{(int)machine:x2}")
    {
        Name = $"m-{machine}",
        Ipv4 = IPAddress.Parse($"10.80.0.{(int)machine}"),
        Ipv6 = IPAddress.Parse($"fd00:80::{(int)machine:x}"),
    };

    internal string Setting(string name) => File.ReadAllText(Path.Combine(_root, "sys", name));

    internal async Task<IReadOnlyList<string>> LinkNamesAsync() => [.. (await Links.ListAsync(CancellationToken.None)).Select(l => l.Name)];

    public async ValueTask DisposeAsync()
    {
        await Namespace.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    private void WriteSetting(string name, string value)
    {
        var path = Path.Combine(_root, "sys", name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, value);
    }
}

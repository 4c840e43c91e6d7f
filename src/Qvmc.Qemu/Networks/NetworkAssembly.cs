using System.Globalization;
using Microsoft.Extensions.Logging;
using Qvmc.Protos.Settings.V1;
using Qvmc.Qemu.Confinement;
using Qvmc.Qemu.Networks.Bridge;
using Qvmc.Qemu.Networks.Dhcp;
using Qvmc.Qemu.Networks.Firewall;
using Qvmc.Qemu.Networks.Links;
using Qvmc.Qemu.Networks.Taps;

namespace Qvmc.Qemu.Networks;

/// <summary>Puts the host's networks together from its settings.</summary>
internal static class NetworkAssembly
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>All of them; those with bridges by the host's own tools.</summary>
    internal static NetworkTable Make(QemuSettings settings, MachineUser? user, ILoggerFactory logs, TimeProvider time)
    {
        var log = logs.CreateLogger("Qvmc.Qemu.Networks");
        var hasBridges = settings.Networks.Any(n => n.KindCase is NetworkSettings.KindOneofCase.Bridge or NetworkSettings.KindOneofCase.Bridged);

        // Whoever once had bridges may have left some, even if none is configured any more.
        var directory = Path.Combine(settings.StateDirectory, "networks");
        return new NetworkTable(
            settings.Networks,
            hasBridges || NetworkChoicesFile.Networks(directory).Count > 0
                ? new HostNetworks(MakeHost(settings, user, directory, logs, log, time), [.. settings.Networks.Select(n => n.Name)])
                : null,
            log,
            time);
    }

    private static BridgeHost MakeHost(QemuSettings settings, MachineUser? user, string directory, ILoggerFactory logs, ILogger log, TimeProvider time)
    {
        LetPass(settings.StateDirectory);
        LetPass(directory);
        var links = new HostLinks(settings.IpBinary.Length > 0 ? settings.IpBinary : "ip", time);
        var ports = new BridgePorts(new NetFirewall(settings.NftBinary.Length > 0 ? settings.NftBinary : "nft", time, logs.CreateLogger<NetFirewall>()));
        return new BridgeHost
        {
            Links = links,
            Space = new AddressSpace(links),
            Sysctls = new HostSysctls("/proc/sys", Path.Combine(directory, "_sysctls.json")),
            Ports = ports,
            Taps = new TapPorts(links, ports, TapOwner.Of(user)),
            Resolver = new HostResolver(new NetTool("resolvectl", "systemd-resolved", time), HostResolver.IsRunning),
            Directory = directory,
            MakeDhcp = network => new DhcpService(
                new DhcpServiceOptions
                {
                    Directory = Path.Combine(directory, network),
                    Dnsmasq = settings.DnsmasqBinary.Length > 0 ? settings.DnsmasqBinary : "dnsmasq",

                    // It takes no number that has no name: then it is whoever it chooses.
                    User = user is { Account.Name.Length: > 0 } ? user.Account.Name : null,
                    Group = user is { Account.Name.Length: > 0 } ? user.Account.GroupId.ToString(CultureInfo.InvariantCulture) : null,
                },
                time,
                logs.CreateLogger<DhcpService>()),
            Log = log,
        };
    }

    // dnsmasq reads its files again when it has laid root's rights down: it must get through, and sees nothing on the way.
    private static void LetPass(string directory)
    {
        Directory.CreateDirectory(directory, Private);
        File.SetUnixFileMode(directory, File.GetUnixFileMode(directory) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
    }
}

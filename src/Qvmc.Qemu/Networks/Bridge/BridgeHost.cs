using System.Net;
using Microsoft.Extensions.Logging;
using Qvmc.Qemu.Networks.Dhcp;
using Qvmc.Qemu.Networks.Links;
using Qvmc.Qemu.Networks.Taps;

namespace Qvmc.Qemu.Networks.Bridge;

/// <summary>What the host's bridge networks share.</summary>
internal sealed class BridgeHost
{
    internal required HostLinks Links { get; init; }

    internal required AddressSpace Space { get; init; }

    internal required HostSysctls Sysctls { get; init; }

    internal required BridgePorts Ports { get; init; }

    internal required TapPorts Taps { get; init; }

    internal required HostResolver Resolver { get; init; }

    /// <summary>Where networks' choices are kept: STATE/networks.</summary>
    internal required string Directory { get; init; }

    /// <summary>Makes the DHCP and DNS server of a network.</summary>
    internal required Func<string, DhcpService> MakeDhcp { get; init; }

    internal required ILogger Log { get; init; }

    /// <summary>Subnets of this host's networks, as far as they are known, by network.</summary>
    internal System.Collections.Concurrent.ConcurrentDictionary<string, IReadOnlyList<IPNetwork>> Subnets { get; } = new();
}

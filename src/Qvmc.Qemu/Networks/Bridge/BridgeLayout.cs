using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Qemu.Networks.Bridge;

/// <summary>How a bridge network is laid out: what its settings and what was chosen for it come to.</summary>
internal sealed record BridgeLayout
{
    internal required string Bridge { get; init; }

    internal required string Mac { get; init; }

    internal required uint Mtu { get; init; }

    internal required IPNetwork Subnet { get; init; }

    internal required IPNetwork? Subnet6 { get; init; }

    internal IPAddress Gateway => Subnets.Gateway(Subnet);

    internal IPAddress? Gateway6 => Subnet6 is { } subnet ? Subnets.Gateway(subnet) : null;

    /// <summary>The addresses of the bridge itself. Its link-local one is given, not left to the kernel, which waits for a carrier.</summary>
    internal IReadOnlyList<string> Addresses =>
    [
        string.Create(CultureInfo.InvariantCulture, $"{Gateway}/{Subnet.PrefixLength}"),
        .. Gateway6 is { } gateway6 ? [$"{gateway6}/64", $"{LinkLocal(Mac)}/64"] : Array.Empty<string>(),
    ];

    /// <summary>Name of a network's bridge: as configured, else made of the network's, shortened where it must be.</summary>
    internal static string BridgeName(string network, BridgeNetwork settings)
    {
        if (settings.Bridge.Length > 0)
        {
            return settings.Bridge;
        }

        const string prefix = "qv-";
        return prefix.Length + network.Length <= Links.LinkMark.LongestName
            ? prefix + network
            : $"{prefix}{network[..7]}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(network)).AsSpan(0, 2))}";
    }

    internal static string Domain(string network, BridgeNetwork settings) => settings.Domain.Length > 0 ? settings.Domain : $"{network}.qvmc.internal";

    internal static uint MtuOf(BridgeNetwork settings) => settings.Mtu > 0 ? settings.Mtu : 1500;

    /// <summary>A random hardware address: locally administered, of one interface.</summary>
    internal static string RandomMac()
    {
        var bytes = RandomNumberGenerator.GetBytes(6);
        bytes[0] = (byte)((bytes[0] & 0xfc) | 0x02);
        return string.Join(':', bytes.Select(b => b.ToString("x2", CultureInfo.InvariantCulture)));
    }

    /// <summary>The link-local address that follows from a hardware address (RFC 4291, appendix A).</summary>
    internal static IPAddress LinkLocal(string mac)
    {
        var m = mac.Split(':').Select(p => byte.Parse(p, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)).ToArray();
        return new IPAddress([0xfe, 0x80, 0, 0, 0, 0, 0, 0, (byte)(m[0] ^ 2), m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5]]);
    }
}

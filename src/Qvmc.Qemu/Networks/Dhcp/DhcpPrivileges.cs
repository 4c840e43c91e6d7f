using System.Globalization;

namespace Qvmc.Qemu.Networks.Dhcp;

/// <summary>What dnsmasq needs of root: low ports, raw packets, the table of neighbours. It lays down all else.</summary>
internal static class DhcpPrivileges
{
    // linux/capability.h
    private static readonly (string Name, int Bit)[] Needed = [("CAP_NET_BIND_SERVICE", 10), ("CAP_NET_ADMIN", 12), ("CAP_NET_RAW", 13)];

    /// <summary>What keeps a daemon with these rights from running a DHCP server; null: nothing.</summary>
    /// <param name="status">/proc/self/status.</param>
    internal static string? Obstacle(string status)
    {
        var rights = ulong.TryParse(Field(status, "CapEff"), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var bits) ? bits : 0;
        var missing = Needed.Where(n => (rights >> n.Bit & 1) == 0).Select(n => n.Name).ToList();
        return missing.Count == 0
            ? null
            : $"a network with a DHCP server needs root, and this daemon runs as user {Field(status, "Uid").Split('\t')[0]} without {string.Join(", ", missing)}: "
                + "start \"qvmc qemu\" as root, or use a network of the kind \"user\"";
    }

    /// <summary>Whether the daemon is root, so that dnsmasq has to become somebody else.</summary>
    internal static bool IsRoot(string status) => Field(status, "Uid").Split('\t')[0] == "0";

    private static string Field(string status, string name) =>
        status.Split('\n').FirstOrDefault(l => l.StartsWith(name + ":", StringComparison.Ordinal))?[(name.Length + 1)..].Trim() ?? "";
}

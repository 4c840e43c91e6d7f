namespace Qvmc.Qemu.Networks.Dhcp;

/// <summary>What a <see cref="DhcpService"/> is made of. Programs are paths, or names to look for.</summary>
public sealed record DhcpServiceOptions
{
    /// <summary>
    /// A directory of its own, absolute; made when it is missing. Those above it must let <see cref="User"/> pass
    /// (<c>chmod o+x</c>): dnsmasq reads its files again long after it has laid root's rights down.
    /// </summary>
    public required string Directory { get; init; }

    /// <summary>dnsmasq.</summary>
    public string Dnsmasq { get; init; } = "dnsmasq";

    /// <summary>Gives IPv4 leases back. Without it dnsmasq is started again instead.</summary>
    public string Release { get; init; } = "dhcp_release";

    /// <summary>The same for IPv6.</summary>
    public string Release6 { get; init; } = "dhcp_release6";

    /// <summary>User that dnsmasq becomes once it has its sockets: a name or number. Null: "dnsmasq" or else "nobody".</summary>
    public string? User { get; init; }

    /// <summary>Its group. Null: the user's primary group.</summary>
    public string? Group { get; init; }

    /// <summary>Names the host's own name servers.</summary>
    public string ResolvFile { get; init; } = "/etc/resolv.conf";

    /// <summary>Where the kernel shows interfaces.</summary>
    public string InterfaceDirectory { get; init; } = "/sys/class/net";
}

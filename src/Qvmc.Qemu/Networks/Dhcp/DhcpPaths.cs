namespace Qvmc.Qemu.Networks.Dhcp;

/// <summary>The files of one DHCP server.</summary>
internal sealed class DhcpPaths(string directory)
{
    internal const string LeasesName = "leases", LogName = "dnsmasq.log";

    internal string Directory { get; } = directory;

    /// <summary>dnsmasq's configuration, all of it.</summary>
    internal string Configuration { get; } = Path.Combine(directory, "dnsmasq.conf");

    /// <summary>Who gets which address.</summary>
    internal string Reservations { get; } = Path.Combine(directory, "reservations");

    /// <summary>Which name has which addresses, in the form of /etc/hosts.</summary>
    internal string Names { get; } = Path.Combine(directory, "names");

    /// <summary>dnsmasq's own notes of what it has given. Its to write while it runs.</summary>
    internal string Leases { get; } = Path.Combine(directory, LeasesName);

    /// <summary>What dnsmasq prints.</summary>
    internal string Log { get; } = Path.Combine(directory, LogName);

    /// <summary>What it printed before that.</summary>
    internal string OlderLog { get; } = Path.Combine(directory, LogName + ".1");

    /// <summary>Which process it is.</summary>
    internal string Process { get; } = Path.Combine(directory, "dnsmasq.json");
}

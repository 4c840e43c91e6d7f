namespace Qvmc.Qemu.Networks.Bridge;

/// <summary>
/// What the kernel changes when the host begins or ceases to forward: the same setting of every interface and of those
/// to come, and for IPv4 whether redirects are heeded (inet_forward_change, addrconf_fixup_forwarding in Linux).
/// </summary>
internal static class SysctlEffects
{
    private const string Forward4 = "net/ipv4/ip_forward", Forward6 = "net/ipv6/conf/all/forwarding", Redirects = "net/ipv4/conf/all/accept_redirects";

    /// <summary>The settings that change with one; none with most.</summary>
    /// <param name="root">Where the kernel shows them: /proc/sys.</param>
    /// <param name="name">The setting.</param>
    internal static IReadOnlyList<string> Of(string root, string name) => name switch
    {
        Forward4 => [.. OfInterfaces(root, "ipv4"), Redirects],
        Forward6 => OfInterfaces(root, "ipv6"),
        _ => [],
    };

    /// <summary>What a setting that changes with another is when that is set to a value.</summary>
    internal static string Value(string effect, string set) => effect != Redirects ? set : set == "0" ? "1" : "0";

    // "all" of IPv4 is ip_forward itself.
    private static string[] OfInterfaces(string root, string family)
    {
        var directory = Path.Combine(root, "net", family, "conf");
        return Directory.Exists(directory)
            ? [.. Directory.EnumerateDirectories(directory).Select(Path.GetFileName).OfType<string>().Where(i => i != "all")
                .Order(StringComparer.Ordinal).Select(i => $"net/{family}/conf/{i}/forwarding")]
            : [];
    }
}

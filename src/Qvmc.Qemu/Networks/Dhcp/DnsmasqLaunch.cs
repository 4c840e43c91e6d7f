using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Qvmc.Core.Faults;

namespace Qvmc.Qemu.Networks.Dhcp;

/// <summary>How a dnsmasq is started.</summary>
/// <param name="Program">Absolute path of what is executed.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Configuration">The text of its configuration.</param>
/// <param name="Interface">The bridge's number; another means another bridge of the same name, which it can't hear. Null: not known.</param>
internal sealed record DnsmasqLaunch(string Program, IReadOnlyList<string> Arguments, string Configuration, int? Interface)
{
    /// <summary>What a process must have been started with to be taken for one of this launch.</summary>
    internal string Digest { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        $"{Program}\0{string.Join('\0', Arguments)}\0{Configuration}\0{Interface?.ToString(CultureInfo.InvariantCulture)}")));

    /// <summary>Makes it.</summary>
    /// <exception cref="FaultException">FAILED_PRECONDITION: a program is not installed.</exception>
    internal static DnsmasqLaunch Of(DhcpNetwork network, DhcpServiceOptions options, DhcpPaths paths, DnsmasqUser? user)
    {
        // No program that it may run gives it more rights. What it prints is cut by the daemon; while there is none, by the
        // kernel: a write beyond the limit then fails instead of ending it, and it goes on with the system's log.
        var most = (16L << 20) + (DhcpConfiguration.MostLeases(network) << 10);
        string[] command =
        [
            Find("setpriv", "util-linux"), "--no-new-privs",
            Find("prlimit", "util-linux"), string.Create(CultureInfo.InvariantCulture, $"--fsize={most}"),
            Find("env", "coreutils"), "--ignore-signal=XFSZ",
            Find(options.Dnsmasq, "dnsmasq-base"), "--keep-in-foreground", ConfigurationArgument(paths),
        ];
        return new DnsmasqLaunch(
            command[0], command[1..], DhcpConfiguration.Text(network, paths, user, options.ResolvFile),
            Number(Path.Combine(options.InterfaceDirectory, network.Bridge, "ifindex")));
    }

    /// <summary>The argument by which such a process is known, whatever else it was started with.</summary>
    internal static string ConfigurationArgument(DhcpPaths paths) => $"--conf-file={paths.Configuration}";

    private static int? Number(string path) =>
        int.TryParse(WholeFile.Read(path), CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string Find(string program, string package) => NetTool.Find(program) ?? throw new FaultException(
        FaultCode.FailedPrecondition,
        $"{program} was not found: a network with a DHCP server needs it; install it (Debian, Ubuntu: apt install {package})");
}

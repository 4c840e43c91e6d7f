namespace Qvmc.Cli.Doctor;

/// <summary>How to install here what qvmc runs.</summary>
internal static class PackageAdvice
{
    /// <summary>The command that installs a program.</summary>
    /// <param name="tool">"qemu-img", a system emulator, "gzip", "xz", "zstd", "setpriv", "nft", "ip" or "dnsmasq".</param>
    /// <param name="osRelease">Text of /etc/os-release; empty where there is none.</param>
    /// <param name="onMacOS">The host runs macOS.</param>
    public static string Install(string tool, string osRelease, bool onMacOS = false)
    {
        var families = osRelease.Split('\n')
            .Where(line => line.StartsWith("ID=", StringComparison.Ordinal) || line.StartsWith("ID_LIKE=", StringComparison.Ordinal))
            .SelectMany(line => line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim('"', '\'').Split(' '))
            .ToHashSet(StringComparer.Ordinal);
        var packages = Packages.Of(tool);
        if (families.Contains("debian") || families.Contains("ubuntu"))
        {
            return $"sudo apt-get install -y {packages.Debian}";
        }

        if (families.Contains("fedora") || families.Contains("rhel"))
        {
            return $"sudo dnf install -y {packages.Fedora}";
        }

        if (families.Contains("arch"))
        {
            return $"sudo pacman -S {packages.Arch}";
        }

        if (families.Contains("alpine"))
        {
            return $"sudo apk add {packages.Alpine}";
        }

        return onMacOS ? $"brew install {packages.Brew}" : $"install {tool}{(tool.StartsWith("qemu", StringComparison.Ordinal) ? " (part of QEMU)" : "")}";
    }

    /// <summary>The command for this host.</summary>
    public static string Install(string tool) =>
        Install(tool, File.Exists("/etc/os-release") ? File.ReadAllText("/etc/os-release") : "", OperatingSystem.IsMacOS());

    /// <summary>A program's package, by the family of the distribution.</summary>
    private sealed record Packages(string Debian, string Fedora, string Arch, string Alpine, string Brew)
    {
        internal static Packages Of(string tool) => tool switch
        {
            "qemu-img" => new("qemu-utils", "qemu-img", "qemu-img", "qemu-img", "qemu"),
            "xz" => new("xz-utils", "xz", "xz", "xz", "xz"),
            // Without the service, which would hold the ports that ours need.
            "dnsmasq" => new("dnsmasq-base dnsmasq-utils", "dnsmasq dnsmasq-utils", "dnsmasq", "dnsmasq", tool),
            "nft" => new("nftables", "nftables", "nftables", "nftables", tool),
            "ip" => new("iproute2", "iproute", "iproute2", "iproute2", tool),
            "setpriv" => new("util-linux", "util-linux", "util-linux", "setpriv", "util-linux"),
            _ when tool.EndsWith("aarch64", StringComparison.Ordinal) => new(
                "qemu-system-arm qemu-efi-aarch64", "qemu-system-aarch64-core edk2-aarch64", "qemu-system-aarch64 edk2-aarch64", $"{tool} aavmf", "qemu"),
            _ when tool.StartsWith("qemu-system", StringComparison.Ordinal) => new("qemu-system-x86", "qemu-system-x86-core", "qemu-system-x86", tool, "qemu"),
            _ => new(tool, tool, tool, tool, tool),
        };
    }
}

namespace Qvmc.Cli.Doctor;

/// <summary>How to install QEMU here.</summary>
internal static class PackageAdvice
{
    /// <summary>The command that installs a tool of QEMU's.</summary>
    /// <param name="tool">"qemu-img", or a system emulator.</param>
    /// <param name="osRelease">Text of /etc/os-release; empty where there is none.</param>
    public static string Install(string tool, string osRelease)
    {
        var families = osRelease.Split('\n')
            .Where(line => line.StartsWith("ID=", StringComparison.Ordinal) || line.StartsWith("ID_LIKE=", StringComparison.Ordinal))
            .SelectMany(line => line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim('"', '\'').Split(' '))
            .ToHashSet(StringComparer.Ordinal);
        var isImg = tool == "qemu-img";
        var isArm = tool.EndsWith("aarch64", StringComparison.Ordinal);
        if (families.Contains("debian") || families.Contains("ubuntu"))
        {
            return $"sudo apt-get install -y {(isImg ? "qemu-utils" : isArm ? "qemu-system-arm" : "qemu-system-x86")}";
        }

        if (families.Contains("fedora") || families.Contains("rhel"))
        {
            return $"sudo dnf install -y {(isImg ? "qemu-img" : isArm ? "qemu-system-aarch64-core" : "qemu-system-x86-core")}";
        }

        if (families.Contains("arch"))
        {
            return $"sudo pacman -S {(isImg ? "qemu-img" : isArm ? "qemu-system-aarch64" : "qemu-system-x86")}";
        }

        if (families.Contains("alpine"))
        {
            return $"sudo apk add {tool}";
        }

        return OperatingSystem.IsMacOS() ? "brew install qemu" : $"install {tool} (part of QEMU)";
    }

    /// <summary>The command for this host.</summary>
    public static string Install(string tool) => Install(tool, File.Exists("/etc/os-release") ? File.ReadAllText("/etc/os-release") : "");
}

using Qvmc.Os.Darwin;

namespace Qvmc.Os.Processes;

/// <summary>Tells one boot of the host from the next.</summary>
public static class HostBoot
{
    /// <summary>The kernel's random id of this boot: on Linux that of random(4), on macOS kern.bootsessionuuid.</summary>
    /// <exception cref="IOException">The kernel does not tell it.</exception>
    public static string Id { get; } = OperatingSystem.IsMacOS()
        ? KernelState.Text("kern.bootsessionuuid") ?? throw new IOException("the kernel does not tell its kern.bootsessionuuid")
        : File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
}

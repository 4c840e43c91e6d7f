namespace Qvmc.Os.Processes;

/// <summary>Tells one boot of the host from the next.</summary>
public static class HostBoot
{
    /// <summary>The kernel's random id of this boot (random(4)).</summary>
    public static string Id { get; } = Read();

    private static string Read() =>
        OperatingSystem.IsLinux() ? File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim() : "";
}

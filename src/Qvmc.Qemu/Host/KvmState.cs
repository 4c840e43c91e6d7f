using System.Runtime.InteropServices;
using Qvmc.Qemu.Confinement;

namespace Qvmc.Qemu.Host;

/// <summary>Whether KVM really works here.</summary>
/// <param name="Obstacle">Why not, as part of a sentence; null when it does.</param>
public sealed record KvmState(string? Obstacle)
{
    private const string Device = "/dev/kvm";

    /// <summary>
    /// Looks. A device that opens is not enough: hosts exist where it does and guests hang on it, because the processor
    /// that they see has no virtualisation (neither vmx nor svm).
    /// </summary>
    /// <param name="user">Who runs QEMU; null: we ourselves.</param>
    public static KvmState Look(MachineUser? user) => new(
        !File.Exists(Device)
            ? "there is no /dev/kvm (virtualisation is off in the firmware, or this is itself a guest)"
            : FlagsObstacle(RuntimeInformation.ProcessArchitecture, "/proc/cpuinfo") ?? OpenObstacle() ?? UserObstacle(user));

    private static string? OpenObstacle()
    {
        try
        {
            using var _ = new FileStream(Device, FileMode.Open, FileAccess.ReadWrite);
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return "/dev/kvm may not be opened: add the user to the group kvm (sudo usermod -aG kvm USER) and log in again";
        }
        catch (IOException e)
        {
            return $"/dev/kvm does not open: {e.Message}";
        }
    }

    private static string? UserObstacle(MachineUser? user) => user?.MayUse(Device) == false
        ? $"{user.Name}, who runs QEMU, may not open /dev/kvm: add it to the group kvm (sudo usermod -aG kvm {user.Name}) and restart the daemon"
        : null;

    internal static string? FlagsObstacle(Architecture architecture, string cpuInfo)
    {
        if (architecture != Architecture.X64)
        {
            return null;
        }

        var flags = File.ReadLines(cpuInfo).FirstOrDefault(l => l.StartsWith("flags", StringComparison.Ordinal))?.Split([' ', '\t', ':']) ?? [];
        return flags.Contains("vmx") || flags.Contains("svm")
            ? null
            : "there is a /dev/kvm, but the processor has neither vmx nor svm: guests would hang";
    }
}

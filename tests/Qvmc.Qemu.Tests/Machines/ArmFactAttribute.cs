using Qvmc.Os.Files;
using Qvmc.Qemu.Host;

namespace Qvmc.Qemu.Tests.Machines;

/// <summary>A test that runs an arm64 guest, emulated; left out by its name where there is no QEMU or no firmware for it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ArmFactAttribute : FactAttribute
{
    public ArmFactAttribute() => Skip = Obstacle;

    private static string? Obstacle { get; } =
        Executable.Find("qemu-system-aarch64") is null ? "needs qemu-system-aarch64 (scripts/deps.sh test)"
        : FirmwareSearch.Find([], new QemuTarget(System.Runtime.InteropServices.Architecture.Arm64, default, false), "virt-7.2") is null ? "needs UEFI for aarch64 (scripts/deps.sh test)"
        : null;
}

using System.Runtime.InteropServices;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Qemu.Host;

/// <summary>What guests of this host's architecture are run by.</summary>
internal static class QemuTarget
{
    private static bool IsArm => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    internal static string MachineFamily => IsArm ? "virt" : "q35";

    internal static string BinaryName(QemuSettings settings) =>
        settings.QemuBinary.Length > 0 ? settings.QemuBinary : IsArm ? "qemu-system-aarch64" : "qemu-system-x86_64";
}

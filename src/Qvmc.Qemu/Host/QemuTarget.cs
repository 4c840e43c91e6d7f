using System.Runtime.InteropServices;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Qemu.Host;

/// <summary>What guests are, and what they are run on.</summary>
/// <param name="Guest">Their processors': X64 or Arm64.</param>
/// <param name="Host">The host's.</param>
/// <param name="OnMacOS">The host runs macOS; else Linux.</param>
public sealed record QemuTarget(Architecture Guest, Architecture Host, bool OnMacOS)
{
    private const string ArmEmulator = "qemu-system-aarch64";

    /// <summary>What a daemon of these settings runs here: guests of the host's own kind, unless its QEMU is for others.</summary>
    public static QemuTarget Of(QemuSettings settings) => Of(settings.QemuBinary, RuntimeInformation.OSArchitecture, OperatingSystem.IsMacOS());

    /// <summary>The same, of a host that is told.</summary>
    internal static QemuTarget Of(string binary, Architecture host, bool onMacOS) => new(
        binary.Length == 0 ? host == Architecture.Arm64 ? Architecture.Arm64 : Architecture.X64
        : Path.GetFileName(binary).Contains("aarch64", StringComparison.Ordinal) ? Architecture.Arm64
        : Path.GetFileName(binary).Contains("x86_64", StringComparison.Ordinal) ? Architecture.X64
        : host,
        host,
        onMacOS);

    /// <summary>The guests' processors are the host's: they can be run by it, and not only emulated.</summary>
    public bool IsNative => Guest == Host;

    /// <summary>Guests have no BIOS, but UEFI by firmware that QEMU must be given, with a memory of its own.</summary>
    public bool NeedsFirmware => Guest == Architecture.Arm64;

    /// <summary>Name of the family of machine types that guests are made of.</summary>
    public string MachineFamily => Guest == Architecture.Arm64 ? "virt" : "q35";

    /// <summary>The QEMU that is looked for unless the configuration names one.</summary>
    public string BinaryName => Guest == Architecture.Arm64 ? ArmEmulator : "qemu-system-x86_64";

    /// <summary>Name of the guests' architecture where QEMU tells of firmware.</summary>
    public string FirmwareArchitecture => Guest == Architecture.Arm64 ? "aarch64" : "x86_64";

    /// <summary>How to get QEMU here.</summary>
    public string Install => OnMacOS ? "macOS: brew install qemu"
        : Guest == Architecture.Arm64 ? "Debian: apt-get install qemu-system-arm qemu-efi-aarch64"
        : "Debian: apt-get install qemu-system-x86";
}

namespace Qvmc.Qemu.Host;

/// <summary>A QEMU that can be run.</summary>
/// <param name="Path">Absolute path.</param>
/// <param name="Version">E.g. <c>7.2.22</c>.</param>
/// <param name="MachineType">Its newest versioned machine type, e.g. <c>pc-q35-7.2</c> or <c>virt-9.1</c>.</param>
/// <param name="Firmware">UEFI for its guests, where they need it.</param>
public sealed record QemuBinary(string Path, string Version, string MachineType, Firmware? Firmware);

namespace Qvmc.Qemu.Host;

/// <summary>UEFI for guests, as files of this host.</summary>
/// <param name="Code">The firmware itself, only read.</param>
/// <param name="CodeFormat">Its format: raw or qcow2.</param>
/// <param name="Variables">What a new machine's memory of the firmware is a copy of.</param>
/// <param name="VariablesFormat">Its format.</param>
public sealed record Firmware(string Code, string CodeFormat, string Variables, string VariablesFormat);

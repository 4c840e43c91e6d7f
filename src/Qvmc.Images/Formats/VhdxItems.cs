namespace Qvmc.Images.Formats;

/// <summary>What a VHDX file says of its disk.</summary>
internal sealed record VhdxItems(uint BlockSize, uint Flags, ulong VirtualSize, uint SectorSize, bool HasParentLocator);

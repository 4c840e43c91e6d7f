namespace Qvmc.Images.Formats;

/// <summary>A part of a VHDX file, in bytes; known to be in the file.</summary>
internal readonly record struct VhdxRegion(ulong Offset, uint Length);

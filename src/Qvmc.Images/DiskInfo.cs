namespace Qvmc.Images;

/// <summary>What qemu-img says of a disk.</summary>
/// <param name="VirtualSizeBytes">Size that a guest sees.</param>
/// <param name="ActualSizeBytes">Space that the file takes.</param>
/// <param name="BackingFile">The file it lies upon, as its header names it; null when it stands alone.</param>
public sealed record DiskInfo(long VirtualSizeBytes, long ActualSizeBytes, string? BackingFile);

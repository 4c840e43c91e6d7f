namespace Qvmc.Images.Formats;

/// <summary>Which qcow2 files may come in: whole ones that stand alone.</summary>
internal static class Qcow2Rules
{
    private const Qcow2Features Known = Qcow2Features.Dirty | Qcow2Features.Corrupt | Qcow2Features.ExternalData | Qcow2Features.CompressionType | Qcow2Features.ExtendedL2;

    // qcow2.txt: clusters of 512 bytes to 2 MiB, and QEMU's own bound for the L1 table, 32 MiB.
    private const int MinClusterBits = 9, MaxClusterBits = 21, MaxL1Entries = (32 << 20) / 8;

    /// <summary>Why a file with this header is refused, or null.</summary>
    /// <param name="header">The header.</param>
    /// <param name="fileSize">Size of the file in bytes.</param>
    internal static string? Refuse(Qcow2Header header, long fileSize) => header switch
    {
        { Version: not (2 or 3) } => $"it is qcow version {header.Version}, and only 2 and 3 are known; convert it: qemu-img convert -O qcow2 OLD NEW",
        { BackingFileOffset: not 0 } => "it lies upon another file (a backing file), which would be read from the host; flatten it first: qemu-img convert -O qcow2 OLD NEW",
        { CryptMethod: not 0 } => "it is encrypted, and nobody could give it its key; convert it to one that is not",
        _ when header.Incompatible.HasFlag(Qcow2Features.ExternalData) => "its data is in another file, which would be read from the host; convert it: qemu-img convert -O qcow2 OLD NEW",
        _ when header.Incompatible.HasFlag(Qcow2Features.Corrupt) => "it is marked as corrupt; repair a copy with qemu-img check -r all, or take a sound one",
        _ when header.Incompatible.HasFlag(Qcow2Features.Dirty) => "it was not closed cleanly; repair it with qemu-img check -r all",
        _ when (header.Incompatible & ~Known) != 0 => $"it needs features that are not known here (0x{(ulong)(header.Incompatible & ~Known):x}); convert it: qemu-img convert -O qcow2 OLD NEW",
        { ClusterBits: < MinClusterBits or > MaxClusterBits } => $"its cluster size, 2^{header.ClusterBits}, is not possible",
        { Size: 0 } => "its disk has no bytes",
        _ when header.Size % DiskHeader.Sector != 0 => $"its disk has {header.Size} bytes, which is not a multiple of {DiskHeader.Sector}",
        _ when header.Version == 3 && (header.HeaderLength < Qcow2Header.Length || header.HeaderLength % 8 != 0 || header.HeaderLength > 1L << (int)header.ClusterBits)
            => $"its header can't be {header.HeaderLength} bytes long",
        { L1Entries: > MaxL1Entries } => $"its first table can't have {header.L1Entries} entries",
        _ when !Within(header.L1Offset, header.L1Entries * 8UL, fileSize) || !Within(header.RefcountOffset, 8, fileSize)
            => $"its tables lie beyond its end: it was cut off at {fileSize} bytes; fetch it again",
        _ => null,
    };

    private static bool Within(ulong offset, ulong length, long fileSize) => offset <= (ulong)fileSize && length <= (ulong)fileSize - offset;
}

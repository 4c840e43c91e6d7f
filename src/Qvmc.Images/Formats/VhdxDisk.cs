using static Qvmc.Images.Formats.ImageInspection;

namespace Qvmc.Images.Formats;

/// <summary>Which VHDX files may come in: whole and closed ones that stand alone.</summary>
internal static class VhdxDisk
{
    private const uint HasParent = 2, MinBlock = 1 << 20, MaxBlock = 256 << 20;
    private const uint Megabyte = 1 << 20;

    // QEMU does not know where it is empty and reads all of it, some GiB in a second: a tiny file could mean hours of that.
    private const ulong AlwaysReadBytes = 4ul << 40, ReadPerFileByte = 1024;

    internal static ReadOnlySpan<byte> Magic => "vhdxfile"u8;

    /// <summary>Size of the disk in bytes, or a refusal.</summary>
    internal static ulong VirtualSize(ImageBytes file)
    {
        CheckHeader(VhdxHeader.Current(file) ?? throw Refused($"it is a VHDX file without a valid header: it was cut off at {file.Length} bytes or damaged; fetch it again"), file);
        var (blocks, metadata) = VhdxRegions.Read(file);
        var items = VhdxMetadata.Read(file, metadata);
        var reason = items switch
        {
            _ when items.HasParentLocator || (items.Flags & HasParent) != 0 =>
                "it lies upon another file (a differencing disk), which would be read from the host; merge it with its parent in Hyper-V",
            { BlockSize: < MinBlock or > MaxBlock } => $"its blocks can't have {items.BlockSize} bytes",
            _ when !uint.IsPow2(items.BlockSize) => $"its blocks can't have {items.BlockSize} bytes",
            { SectorSize: not (512 or 4096) } => $"its sectors can't have {items.SectorSize} bytes",
            { VirtualSize: 0 } => "its disk has no bytes",
            _ when items.VirtualSize % items.SectorSize != 0 => $"its disk has {items.VirtualSize} bytes, which is not a multiple of its sectors of {items.SectorSize}",
            _ when Entries(items) > blocks.Length / 8 => $"its table of blocks is too small for a disk of {items.VirtualSize} bytes: it was damaged; fetch it again",
            _ when items.VirtualSize > Math.Max(AlwaysReadBytes, (ulong)file.Length * ReadPerFileByte) =>
                $"its disk has {items.VirtualSize} bytes, nearly all of them empty in a file of {file.Length}, and as VHDX all of them have to be read; convert it elsewhere: qemu-img convert -f vhdx -O qcow2 OLD NEW",
            _ => null,
        };
        return reason is null ? items.VirtualSize : throw Refused(reason);
    }

    private static void CheckHeader(VhdxHeader header, ImageBytes file)
    {
        var reason = header switch
        {
            { Version: not 1 } => $"it is a VHDX file of version {header.Version}, and only 1 is known",
            { LogVersion: not 0 } => $"its log is of version {header.LogVersion}, and only 0 is known",
            _ when header.Log != Guid.Empty =>
                "it was not closed cleanly, and what its log holds must be brought into it first: attach it once in Hyper-V, or run qemu-img check -r all on a copy",
            _ when header.LogLength % Megabyte != 0 || header.LogOffset % Megabyte != 0 || !file.Holds(header.LogOffset, header.LogLength) =>
                $"its log lies beyond its end: it was cut off at {file.Length} bytes; fetch it again",
            _ => null,
        };
        if (reason is not null)
        {
            throw Refused(reason);
        }
    }

    // [MS-VHDX] 2.5: after as many blocks as one bitmap describes (2^23 sectors) comes the entry of a bitmap.
    private static ulong Entries(VhdxItems items)
    {
        var perBitmap = (1UL << 23) * items.SectorSize / items.BlockSize;
        var blocks = (items.VirtualSize / items.BlockSize) + (items.VirtualSize % items.BlockSize == 0 ? 0ul : 1);
        return blocks + ((blocks - 1) / perBitmap);
    }
}

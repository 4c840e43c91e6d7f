using System.Buffers.Binary;
using static Qvmc.Images.Formats.ImageInspection;

namespace Qvmc.Images.Formats;

/// <summary>Which VMDK files may come in: whole disks in one file, monolithicSparse or streamOptimized, that stand alone.</summary>
internal static class VmdkDisk
{
    private const int Sector = DiskHeader.Sector;
    private const uint CompressedFlag = 1 << 16, SecondDirectoryFlag = 2, LineEndsFlag = 1;

    // QEMU's bounds: its table in memory has an entry of 4 bytes for each directory entry.
    private const ulong MaxDirectoryEntries = (512 << 20) / 4;

    /// <summary>Size of the disk in bytes, or a refusal.</summary>
    internal static ulong VirtualSize(ImageBytes file)
    {
        var header = Header(file);
        var entries = DirectoryEntries(header);
        if (entries > MaxDirectoryEntries)
        {
            throw Refused($"its disk of {header.Capacity} sectors would need a table of {entries} entries, more than QEMU reads");
        }

        var second = (header.Flags & SecondDirectoryFlag) != 0;
        if (!Holds(file, header.DirectoryOffset, entries * 4) || (second && !Holds(file, header.SecondDirectoryOffset, entries * 4)) || !Holds(file, header.Overhead, 0))
        {
            throw CutOff(file);
        }

        VmdkDescriptor.Check(file, header);
        return header.Capacity * Sector;
    }

    /// <summary>
    /// Refuses a disk whose data ends beyond its file. For disks that <c>qemu-img check</c> found sound: it looks at where the
    /// data begins. What is compressed is found when it can't be decompressed.
    /// </summary>
    internal static void CheckEnd(ImageBytes file)
    {
        var header = Header(file);
        if ((header.Flags & CompressedFlag) == 0 && VmdkGrains.End(file, header, DirectoryEntries(header)) > (ulong)file.Length)
        {
            throw CutOff(file);
        }
    }

    private static VmdkHeader Header(ImageBytes file)
    {
        var header = VmdkHeader.Read(file.Read(0, VmdkHeader.Length)) ?? throw CutOff(file);
        CheckHeader(header);
        return header.DirectoryOffset == VmdkHeader.AtEnd ? Footer(file, header) : header;
    }

    private static void CheckHeader(VmdkHeader header)
    {
        var reason = header switch
        {
            { Version: not (1 or 2 or 3) } => $"it is a VMDK file of version {header.Version}, and only 1 to 3 are known; {Advice}",
            { Capacity: 0 } or { DescriptorOffset: 0 } => $"it is a part of a VMDK disk that is in several files, which would be read from the host; {Advice}",
            { Capacity: > long.MaxValue / Sector } => $"its disk can't have {header.Capacity} sectors",
            { DescriptorOffset: not 1 } => $"its description is in sector {header.DescriptorOffset}, where QEMU does not look; {Advice}",
            { DescriptorSize: 0 or > VmdkDescriptor.MaxSectors } => $"its description can't have {header.DescriptorSize} sectors",
            { EntriesPerTable: not 512 } => $"its tables can't have {header.EntriesPerTable} entries",
            { GrainSize: < 8 or > 65536 } => $"its grains can't have {header.GrainSize} sectors",
            _ when !ulong.IsPow2(header.GrainSize) => $"its grains can't have {header.GrainSize} sectors",
            { CompressAlgorithm: > 1 } => $"it is compressed in a way that is not known here ({header.CompressAlgorithm}); {Advice}",
            { LineEndsIntact: false } when (header.Flags & LineEndsFlag) != 0 => "its line ends were changed: it was sent as text; fetch it again, as binary",
            { UncleanShutdown: true } => "it was not closed cleanly; shut the machine down that uses it, or let VMware check it, and export it again",
            _ => null,
        };
        if (reason is not null)
        {
            throw Refused(reason);
        }
    }

    // A stream is written without knowing where its tables will be. QEMU believes the second header alone, so both must agree.
    private static VmdkHeader Footer(ImageBytes file, VmdkHeader header)
    {
        const int footerMarker = 3, endMarker = 0;
        var end = file.Read((file.Length / Sector * Sector) - (3 * Sector), 3 * Sector);
        if (end.Length < 3 * Sector
            || Marker(end) != (0, footerMarker)
            || VmdkHeader.Read(end.AsSpan(Sector, Sector)) is not { } footer
            || Marker(end.AsSpan(2 * Sector)) != (0, endMarker))
        {
            throw CutOff(file);
        }

        CheckHeader(footer);
        return footer.DirectoryOffset != VmdkHeader.AtEnd
            && footer == header with
            {
                DirectoryOffset = footer.DirectoryOffset,
                SecondDirectoryOffset = footer.SecondDirectoryOffset,
                Overhead = footer.Overhead,
                Flags = footer.Flags,
            }
            ? footer
            : throw Refused("its two headers do not agree; fetch it again");
    }

    private static (uint Size, uint Type) Marker(ReadOnlySpan<byte> sector) =>
        (BinaryPrimitives.ReadUInt32LittleEndian(sector[8..]), BinaryPrimitives.ReadUInt32LittleEndian(sector[12..]));

    private static ulong DirectoryEntries(VmdkHeader header)
    {
        var sectorsPerEntry = header.EntriesPerTable * header.GrainSize;
        return (header.Capacity / sectorsPerEntry) + (header.Capacity % sectorsPerEntry == 0 ? 0ul : 1);
    }

    private static bool Holds(ImageBytes file, ulong sector, ulong count) => sector <= long.MaxValue / Sector && file.Holds(sector * Sector, count);

    private static Core.Faults.FaultException CutOff(ImageBytes file) => Refused($"it is a VMDK file that was cut off at {file.Length} bytes; fetch it again");

    internal const string Advice = "convert it where all of it is: qemu-img convert -f vmdk -O qcow2 OLD NEW";
}

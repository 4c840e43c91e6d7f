using System.Buffers.Binary;

namespace Qvmc.Images.Formats;

/// <summary>
/// The data of a sparse VMDK disk: grains, found by tables of as many sectors' numbers as the header says, which a directory
/// of such numbers finds. 0: there is none, and it reads as zeros; of a grain 1 can mean the same.
/// </summary>
internal static class VmdkGrains
{
    private const int EntryLength = 4, ChunkEntries = 16 << 10;

    /// <summary>The byte after the last one that a table says is there. The disk's last grain need not be whole.</summary>
    internal static ulong End(ImageBytes file, VmdkHeader header, ulong directoryEntries)
    {
        var end = 0ul;
        for (var first = 0ul; first < directoryEntries; first += ChunkEntries)
        {
            var tables = file.Read((long)((header.DirectoryOffset * DiskHeader.Sector) + (first * EntryLength)), (int)Math.Min(ChunkEntries, directoryEntries - first) * EntryLength);
            for (var i = 0; i < tables.Length / EntryLength; i++)
            {
                var table = Entry(tables, i);
                if (table != 0)
                {
                    end = Math.Max(end, End(file.Read(table * DiskHeader.Sector, (int)header.EntriesPerTable * EntryLength), (first + (ulong)i) * header.EntriesPerTable, header));
                }
            }
        }

        return end;
    }

    private static ulong End(byte[] table, ulong firstGrain, VmdkHeader header)
    {
        var end = 0ul;
        for (var i = 0; i < table.Length / EntryLength; i++)
        {
            var (sector, begin) = (Entry(table, i), (firstGrain + (ulong)i) * header.GrainSize);
            if (sector > 1 && begin < header.Capacity)
            {
                end = Math.Max(end, (ulong)sector + Math.Min(header.GrainSize, header.Capacity - begin));
            }
        }

        return end * DiskHeader.Sector;
    }

    private static long Entry(byte[] entries, int index) => BinaryPrimitives.ReadUInt32LittleEndian(entries.AsSpan(index * EntryLength));
}

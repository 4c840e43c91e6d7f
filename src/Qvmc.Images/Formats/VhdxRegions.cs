using System.Buffers.Binary;
using static Qvmc.Images.Formats.ImageInspection;

namespace Qvmc.Images.Formats;

/// <summary>The table of a VHDX file's parts ([MS-VHDX] 2.2.3). QEMU reads the first of the two copies, and so do we.</summary>
internal static class VhdxRegions
{
    private const int TableOffset = 192 << 10, TableLength = 64 << 10, EntriesOffset = 16, EntryLength = 32, MaxEntries = 2047;
    private const uint Megabyte = 1 << 20;

    private static readonly Guid Blocks = new("2dc27766-f623-4200-9d64-115e9bfd4a08");
    private static readonly Guid Metadata = new("8b7ca206-4790-4b9a-b8fe-575f050f886e");

    internal static (VhdxRegion Blocks, VhdxRegion Metadata) Read(ImageBytes file)
    {
        ReadOnlySpan<byte> table = file.Read(TableOffset, TableLength);
        if (table.Length < TableLength || !table.StartsWith("regi"u8) || !VhdxHeader.ChecksumHolds(table))
        {
            throw Damaged("has no valid table of regions");
        }

        var count = BinaryPrimitives.ReadUInt32LittleEndian(table[8..]);
        if (count > MaxEntries)
        {
            throw Damaged($"can't have {count} regions");
        }

        var found = new Dictionary<Guid, VhdxRegion>();
        for (var i = 0; i < count; i++)
        {
            var entry = table.Slice(EntriesOffset + (i * EntryLength), EntryLength);
            var (id, region) = (new Guid(entry[..16]), new VhdxRegion(BinaryPrimitives.ReadUInt64LittleEndian(entry[16..]), BinaryPrimitives.ReadUInt32LittleEndian(entry[24..])));
            if (region.Offset < Megabyte || region.Offset % Megabyte != 0 || region.Length == 0 || region.Length % Megabyte != 0 || !file.Holds(region.Offset, region.Length))
            {
                throw Damaged($"has a region that can't be: {region.Length} bytes at {region.Offset}, of {file.Length} bytes");
            }

            if (found.Values.Any(r => r.Offset < region.Offset + region.Length && region.Offset < r.Offset + r.Length) || !found.TryAdd(id, region))
            {
                throw Damaged("has regions that overlap or are there twice");
            }

            if (id != Blocks && id != Metadata && (entry[28] & 1) != 0)
            {
                throw Refused($"it needs a region that is not known here ({id}); convert it in Hyper-V");
            }
        }

        return found.TryGetValue(Blocks, out var blocks) && found.TryGetValue(Metadata, out var metadata)
            ? (blocks, metadata)
            : throw Damaged("has no table of blocks, or no description");
    }

    internal static Core.Faults.FaultException Damaged(string how) => Refused($"it is a VHDX file that {how}: it was cut off or damaged; fetch it again");
}

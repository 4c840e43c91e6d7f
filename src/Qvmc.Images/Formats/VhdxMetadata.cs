using System.Buffers.Binary;
using static Qvmc.Images.Formats.ImageInspection;

namespace Qvmc.Images.Formats;

/// <summary>The description of a VHDX file's disk ([MS-VHDX] 2.6).</summary>
internal static class VhdxMetadata
{
    private const int TableLength = 64 << 10, EntriesOffset = 32, EntryLength = 32, MaxEntries = 2047;
    private const uint Required = 4;

    private static readonly Guid FileParameters = new("caa16737-fa36-4d43-b3b6-33f0aa44e76b");
    private static readonly Guid VirtualDiskSize = new("2fa54224-cd1b-4876-b211-5dbed83bf4b8");
    private static readonly Guid LogicalSectorSize = new("8141bf1d-a96f-4709-ba47-f233a8faab5f");
    private static readonly Guid ParentLocator = new("a8d35f2d-b30b-454d-abf7-d3d84834ab0c");

    // Their values matter to nobody here.
    private static readonly Guid[] Others = [new("beca12ab-b2e6-4523-93ef-c309e000c746"), new("cda348c7-445d-4471-9cc9-e9885251c556")];

    internal static VhdxItems Read(ImageBytes file, VhdxRegion region)
    {
        var table = file.Read((long)region.Offset, TableLength);
        if (table.Length < TableLength || !table.AsSpan().StartsWith("metadata"u8))
        {
            throw VhdxRegions.Damaged("has no valid description");
        }

        var count = BinaryPrimitives.ReadUInt16LittleEndian(table.AsSpan(10));
        if (count > MaxEntries)
        {
            throw VhdxRegions.Damaged($"can't have {count} items in its description");
        }

        var items = new Dictionary<Guid, (uint Offset, uint Length)>();
        for (var i = 0; i < count; i++)
        {
            var entry = table.AsSpan(EntriesOffset + (i * EntryLength), EntryLength);
            var id = new Guid(entry[..16]);
            var (offset, length) = (BinaryPrimitives.ReadUInt32LittleEndian(entry[16..]), BinaryPrimitives.ReadUInt32LittleEndian(entry[20..]));
            if (offset > region.Length || length > region.Length - offset || !items.TryAdd(id, (offset, length)))
            {
                throw VhdxRegions.Damaged("has an item in its description that can't be");
            }

            if ((entry[24] & Required) != 0 && !IsKnown(id))
            {
                throw Refused($"it needs an item that is not known here ({id}); convert it in Hyper-V");
            }
        }

        var parameters = Item(FileParameters, 8);
        return new VhdxItems(
            BinaryPrimitives.ReadUInt32LittleEndian(parameters),
            BinaryPrimitives.ReadUInt32LittleEndian(parameters.AsSpan(4)),
            BinaryPrimitives.ReadUInt64LittleEndian(Item(VirtualDiskSize, 8)),
            BinaryPrimitives.ReadUInt32LittleEndian(Item(LogicalSectorSize, 4)),
            items.ContainsKey(ParentLocator));

        byte[] Item(Guid id, int length)
        {
            var bytes = items.TryGetValue(id, out var item) && item.Length >= length ? file.Read((long)region.Offset + item.Offset, length) : [];
            return bytes.Length == length ? bytes : throw VhdxRegions.Damaged("lacks an item in its description");
        }
    }

    private static bool IsKnown(Guid id) =>
        id == FileParameters || id == VirtualDiskSize || id == LogicalSectorSize || id == ParentLocator || Others.Contains(id);
}

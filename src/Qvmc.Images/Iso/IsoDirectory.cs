using System.Buffers.Binary;
using System.Text;

namespace Qvmc.Images.Iso;

/// <summary>Path tables and directories, ECMA-119 9.1 and 9.4, of a volume that has only a root.</summary>
internal static class IsoDirectory
{
    internal const int PathTableLength = 10;

    private const int RecordHeader = 33;

    // The names of "." and ".." are these bytes (6.8.2.2).
    private static readonly byte[] Self = [0], Parent = [1];

    // Years since 1900, month, day; then the time and the zone. Fixed, so that the same content makes the same bytes.
    private static ReadOnlySpan<byte> Date => [70, 1, 1, 0, 0, 0, 0];

    internal static byte[] PathTable(int root, bool bigEndian)
    {
        var table = new byte[PathTableLength];
        table[0] = 1;
        if (bigEndian)
        {
            BinaryPrimitives.WriteInt32BigEndian(table.AsSpan(2), root);
            BinaryPrimitives.WriteInt16BigEndian(table.AsSpan(6), 1);
        }
        else
        {
            BinaryPrimitives.WriteInt32LittleEndian(table.AsSpan(2), root);
            BinaryPrimitives.WriteInt16LittleEndian(table.AsSpan(6), 1);
        }

        return table;
    }

    internal static byte[] Primary(IEnumerable<PlacedFile> files) => Directory(
        IsoVolume.PrimaryRoot,
        RockRidge.Root,
        RockRidge.Directory,
        files.Select(f => Record(Encoding.ASCII.GetBytes(f.File.ShortName), f.Sector, f.File.Content.Length, isDirectory: false, RockRidge.File(f.File.Name))));

    internal static byte[] Joliet(IEnumerable<PlacedFile> files) => Directory(
        IsoVolume.JolietRoot,
        [],
        [],
        files.Select(f => Record(Encoding.BigEndianUnicode.GetBytes(f.File.Name + ";1"), f.Sector, f.File.Content.Length, isDirectory: false, [])));

    /// <summary>A directory record: of a file, or of the root.</summary>
    internal static byte[] Record(byte[] name, int sector, int length, bool isDirectory, byte[] systemUse)
    {
        // The name is padded to an even end, and the whole as well.
        var nameEnd = RecordHeader + name.Length + ((name.Length + 1) % 2);
        var record = new byte[nameEnd + systemUse.Length + (systemUse.Length % 2)];
        record[0] = checked((byte)record.Length);
        IsoField.Both32(record.AsSpan(2), sector);
        IsoField.Both32(record.AsSpan(10), length);
        Date.CopyTo(record.AsSpan(18));
        record[25] = (byte)(isDirectory ? 2 : 0);
        IsoField.Both16(record.AsSpan(28), 1);
        record[32] = (byte)name.Length;
        name.CopyTo(record, RecordHeader);
        systemUse.CopyTo(record, nameEnd);
        return record;
    }

    private static byte[] Directory(int root, byte[] selfUse, byte[] parentUse, IEnumerable<byte[]> records)
    {
        // One sector: records may not cross from one into the next, and a seed has three files.
        var directory = new byte[IsoVolume.Sector];
        var end = 0;
        foreach (var record in records.Prepend(Record(Parent, root, IsoVolume.Sector, true, parentUse)).Prepend(Record(Self, root, IsoVolume.Sector, true, selfUse)))
        {
            record.CopyTo(directory, end);
            end += record.Length;
        }

        return directory;
    }
}

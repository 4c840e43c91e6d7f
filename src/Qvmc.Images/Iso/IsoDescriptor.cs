using System.Buffers.Binary;

namespace Qvmc.Images.Iso;

/// <summary>Volume descriptors, ECMA-119 8.4 and 8.5. Offsets are those of the standard less one.</summary>
internal static class IsoDescriptor
{
    private delegate void WriteText(Span<byte> at, string text);

    internal static byte[] Primary(string volumeId, int sectors) =>
        Make(1, volumeId, sectors, IsoVolume.PrimaryPathTable, IsoVolume.PrimaryRoot, IsoField.Text);

    internal static byte[] Joliet(string volumeId, int sectors)
    {
        var descriptor = Make(2, volumeId, sectors, IsoVolume.JolietPathTable, IsoVolume.JolietRoot, IsoField.Wide);

        // UCS-2 level 3, by which a reader knows Joliet.
        "%/E"u8.CopyTo(descriptor.AsSpan(88));
        return descriptor;
    }

    internal static byte[] End() => Begin(255);

    private static byte[] Make(byte type, string volumeId, int sectors, int pathTable, int root, WriteText text)
    {
        var descriptor = Begin(type);
        var at = descriptor.AsSpan();
        text(at[8..40], "");
        text(at[40..72], volumeId);
        IsoField.Both32(at[80..], sectors);
        IsoField.Both16(at[120..], 1);
        IsoField.Both16(at[124..], 1);
        IsoField.Both16(at[128..], IsoVolume.Sector);
        IsoField.Both32(at[132..], IsoDirectory.PathTableLength);
        BinaryPrimitives.WriteInt32LittleEndian(at[140..], pathTable);
        BinaryPrimitives.WriteInt32BigEndian(at[148..], pathTable + 1);
        IsoDirectory.Record([0], root, IsoVolume.Sector, isDirectory: true, []).CopyTo(descriptor, 156);

        // Volume set, publisher, preparer and application; then three file names of 37 bytes, of which two make a
        // whole number of wide characters and the third's last byte stays.
        foreach (var (from, to) in ((int, int)[])[(190, 318), (318, 446), (446, 574), (574, 702), (702, 738), (739, 775), (776, 812)])
        {
            text(at[from..to], "");
        }

        // Four dates that are not given (8.4.26.1): sixteen zeros in ASCII and a zone of 0.
        foreach (var date in (int[])[813, 830, 847, 864])
        {
            at.Slice(date, 16).Fill((byte)'0');
        }

        // Version of the file structure.
        at[881] = 1;
        return descriptor;
    }

    private static byte[] Begin(byte type)
    {
        var descriptor = new byte[IsoVolume.Sector];
        descriptor[0] = type;
        "CD001"u8.CopyTo(descriptor.AsSpan(1));
        descriptor[6] = 1;
        return descriptor;
    }
}

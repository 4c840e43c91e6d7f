using System.Buffers.Binary;
using System.Numerics;

namespace Qvmc.Images.Formats;

/// <summary>One of the two headers of a VHDX file ([MS-VHDX] 2.2.2, little-endian); the newer valid one counts.</summary>
internal sealed record VhdxHeader
{
    private const int Length = 4096;
    private static readonly long[] Offsets = [64 << 10, 128 << 10];

    internal required ulong Sequence { get; init; }

    /// <summary>Empty: there is nothing in the log that the tables lack.</summary>
    internal required Guid Log { get; init; }

    internal required ushort LogVersion { get; init; }

    internal required ushort Version { get; init; }

    internal required uint LogLength { get; init; }

    internal required ulong LogOffset { get; init; }

    /// <summary>The header that counts, or null when none is valid.</summary>
    internal static VhdxHeader? Current(ImageBytes file)
    {
        var headers = Offsets.Select(o => Read(file.Read(o, Length))).OfType<VhdxHeader>().ToList();
        return headers switch
        {
            [] => null,
            [var only] => only,

            // Equal numbers are allowed for equal headers; Hyper-V makes such.
            [var first, var second] when first.Sequence == second.Sequence => first == second ? first : null,
            [var first, var second, ..] => first.Sequence > second.Sequence ? first : second,
        };
    }

    /// <summary>CRC-32C of a structure whose own field for it, at offset 4, counts as zero.</summary>
    internal static bool ChecksumHolds(ReadOnlySpan<byte> structure)
    {
        const int field = 4;
        var crc = uint.MaxValue;
        for (var i = 0; i < structure.Length; i++)
        {
            crc = BitOperations.Crc32C(crc, i is >= field and < field + 4 ? (byte)0 : structure[i]);
        }

        return ~crc == BinaryPrimitives.ReadUInt32LittleEndian(structure[field..]);
    }

    private static VhdxHeader? Read(ReadOnlySpan<byte> bytes) => bytes.Length < Length || !bytes.StartsWith("head"u8) || !ChecksumHolds(bytes)
        ? null
        : new VhdxHeader
        {
            Sequence = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
            Log = new Guid(bytes.Slice(48, 16)),
            LogVersion = BinaryPrimitives.ReadUInt16LittleEndian(bytes[64..]),
            Version = BinaryPrimitives.ReadUInt16LittleEndian(bytes[66..]),
            LogLength = BinaryPrimitives.ReadUInt32LittleEndian(bytes[68..]),
            LogOffset = BinaryPrimitives.ReadUInt64LittleEndian(bytes[72..]),
        };
}

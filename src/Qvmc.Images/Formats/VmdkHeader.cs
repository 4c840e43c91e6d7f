using System.Buffers.Binary;

namespace Qvmc.Images.Formats;

/// <summary>The header of a sparse VMDK extent ("Virtual Disk Format 5.0", little-endian). Offsets and sizes are in sectors.</summary>
internal sealed record VmdkHeader
{
    internal const int Length = 512;

    /// <summary>In place of the grain directory's offset: a second header at the end of the file has it.</summary>
    internal const ulong AtEnd = ulong.MaxValue;

    internal static ReadOnlySpan<byte> Magic => "KDMV"u8;

    internal required uint Version { get; init; }

    internal required uint Flags { get; init; }

    internal required ulong Capacity { get; init; }

    internal required ulong GrainSize { get; init; }

    internal required ulong DescriptorOffset { get; init; }

    internal required ulong DescriptorSize { get; init; }

    internal required uint EntriesPerTable { get; init; }

    internal required ulong SecondDirectoryOffset { get; init; }

    internal required ulong DirectoryOffset { get; init; }

    internal required ulong Overhead { get; init; }

    internal required bool UncleanShutdown { get; init; }

    /// <summary>Line ends of all kinds: a transfer as text changes them.</summary>
    internal required bool LineEndsIntact { get; init; }

    internal required ushort CompressAlgorithm { get; init; }

    /// <summary>Null when the bytes are too few or do not begin with the magic.</summary>
    internal static VmdkHeader? Read(ReadOnlySpan<byte> bytes) => bytes.Length < Length || !bytes.StartsWith(Magic)
        ? null
        : new VmdkHeader
        {
            Version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]),
            Flags = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]),
            Capacity = BinaryPrimitives.ReadUInt64LittleEndian(bytes[12..]),
            GrainSize = BinaryPrimitives.ReadUInt64LittleEndian(bytes[20..]),
            DescriptorOffset = BinaryPrimitives.ReadUInt64LittleEndian(bytes[28..]),
            DescriptorSize = BinaryPrimitives.ReadUInt64LittleEndian(bytes[36..]),
            EntriesPerTable = BinaryPrimitives.ReadUInt32LittleEndian(bytes[44..]),
            SecondDirectoryOffset = BinaryPrimitives.ReadUInt64LittleEndian(bytes[48..]),
            DirectoryOffset = BinaryPrimitives.ReadUInt64LittleEndian(bytes[56..]),
            Overhead = BinaryPrimitives.ReadUInt64LittleEndian(bytes[64..]),
            UncleanShutdown = bytes[72] != 0,
            LineEndsIntact = bytes[73..].StartsWith("\n \r\n"u8),
            CompressAlgorithm = BinaryPrimitives.ReadUInt16LittleEndian(bytes[77..]),
        };
}

using System.Buffers.Binary;

namespace Qvmc.Images.Formats;

/// <summary>The header of a qcow2 file, as QEMU's docs/interop/qcow2.txt lays it out: big-endian, at offset 0.</summary>
internal sealed record Qcow2Header
{
    /// <summary>Bytes of it that we look at.</summary>
    internal const int Length = 104;

    internal static ReadOnlySpan<byte> Magic => [(byte)'Q', (byte)'F', (byte)'I', 0xfb];

    internal required uint Version { get; init; }

    internal required ulong BackingFileOffset { get; init; }

    /// <summary>Of the base's name, in bytes.</summary>
    internal uint BackingFileLength { get; init; }

    internal required uint ClusterBits { get; init; }

    /// <summary>Size that a guest sees, in bytes.</summary>
    internal required ulong Size { get; init; }

    /// <summary>0: none.</summary>
    internal required uint CryptMethod { get; init; }

    internal required uint L1Entries { get; init; }

    internal required ulong L1Offset { get; init; }

    internal required ulong RefcountOffset { get; init; }

    internal required Qcow2Features Incompatible { get; init; }

    /// <summary>Bytes of the header; 72 for version 2.</summary>
    internal required uint HeaderLength { get; init; }

    /// <summary>A header of version 3 as it is at the beginning of a file, with the end of its extensions, of which there are none.</summary>
    /// <param name="refcountClusters">Clusters of the refcount table.</param>
    /// <param name="refcountOrder">A refcount has 2 to the power of this bits.</param>
    internal byte[] Write(uint refcountClusters, uint refcountOrder)
    {
        var bytes = new byte[Length + 8];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4), Version);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(8), BackingFileOffset);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(16), BackingFileLength);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(20), ClusterBits);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(24), Size);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(32), CryptMethod);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(36), L1Entries);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(40), L1Offset);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(48), RefcountOffset);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(56), refcountClusters);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(72), (ulong)Incompatible);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(96), refcountOrder);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(100), HeaderLength);
        return bytes;
    }

    /// <summary>Null when the bytes are too few or do not begin with the magic.</summary>
    internal static Qcow2Header? Read(ReadOnlySpan<byte> bytes)
    {
        const int version2Length = 72;
        if (bytes.Length < version2Length || !bytes.StartsWith(Magic))
        {
            return null;
        }

        var version = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]);
        if (version > 2 && bytes.Length < Length)
        {
            return null;
        }

        return new Qcow2Header
        {
            Version = version,
            BackingFileOffset = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
            BackingFileLength = BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]),
            ClusterBits = BinaryPrimitives.ReadUInt32BigEndian(bytes[20..]),
            Size = BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]),
            CryptMethod = BinaryPrimitives.ReadUInt32BigEndian(bytes[32..]),
            L1Entries = BinaryPrimitives.ReadUInt32BigEndian(bytes[36..]),
            L1Offset = BinaryPrimitives.ReadUInt64BigEndian(bytes[40..]),
            RefcountOffset = BinaryPrimitives.ReadUInt64BigEndian(bytes[48..]),
            Incompatible = version > 2 ? (Qcow2Features)BinaryPrimitives.ReadUInt64BigEndian(bytes[72..]) : Qcow2Features.None,
            HeaderLength = version > 2 ? BinaryPrimitives.ReadUInt32BigEndian(bytes[100..]) : version2Length,
        };
    }
}

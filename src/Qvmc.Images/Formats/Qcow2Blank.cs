using System.Buffers.Binary;
using System.Text;

namespace Qvmc.Images.Formats;

/// <summary>
/// The few bytes of a qcow2 disk that nothing was written to yet, on a base or on none: the header, the L1 table (zeros, so
/// nothing but room), the refcount table and its blocks.
/// </summary>
/// <remarks>QEMU's docs/interop/qcow2.txt. Clusters have 64 KiB.</remarks>
internal sealed class Qcow2Blank
{
    private const int ClusterBits = Qcow2Writer.ClusterBits, ClusterBytes = Qcow2Writer.ClusterBytes, EntryBytes = Qcow2Writer.EntryBytes;

    // Header extensions: a type, a length, and data up to a multiple of 8.
    private const uint BackingFormat = 0xE279_2ACA;

    private Qcow2Blank(long length, IReadOnlyList<(long Offset, byte[] Bytes)> parts) => (Length, Parts) = (length, parts);

    /// <summary>The longest name that a base may have, in bytes of UTF-8.</summary>
    internal const int LongestBase = 1023;

    /// <summary>Of the file. What is in no part is zeros.</summary>
    internal long Length { get; }

    /// <summary>What is to be written, and where.</summary>
    internal IReadOnlyList<(long Offset, byte[] Bytes)> Parts { get; }

    /// <summary>A disk of a size in bytes.</summary>
    /// <param name="sizeBytes">Size that a guest sees.</param>
    /// <param name="backing">The base's path and the name of its format; null: none.</param>
    internal static Qcow2Blank Of(long sizeBytes, (string Path, string Format)? backing)
    {
        var ranges = Qcow2Writer.Count(sizeBytes, Qcow2Writer.RangeBytes);
        var l1Clusters = Math.Max(1, Qcow2Writer.Count(ranges * EntryBytes, ClusterBytes));
        var used = 1 + l1Clusters;
        var (blocks, table) = Qcow2Writer.Refcounts(used);
        var refcounts = used * ClusterBytes;
        var first = refcounts + (table * ClusterBytes);
        var all = used + table + blocks;
        return new Qcow2Blank(
            all * ClusterBytes,
            [
                (0, Header(sizeBytes, (uint)ranges, refcounts, (uint)table, backing)),
                (refcounts, Table(blocks, first)),
                .. Enumerable.Range(0, (int)blocks).Select(i => (first + ((long)i * ClusterBytes), Ones((int)Math.Min(Qcow2Writer.BlockEntries, all - ((long)i * Qcow2Writer.BlockEntries))))),
            ]);
    }

    private static byte[] Header(long sizeBytes, uint l1Entries, long refcounts, uint refcountClusters, (string Path, string Format)? backing)
    {
        var name = Encoding.UTF8.GetBytes(backing?.Path ?? "");
        var format = Encoding.ASCII.GetBytes(backing?.Format ?? "");
        var extensions = new byte[(format.Length == 0 ? 0 : 8 + ((format.Length + 7) / 8 * 8)) + 8];
        if (format.Length > 0)
        {
            BinaryPrimitives.WriteUInt32BigEndian(extensions, BackingFormat);
            BinaryPrimitives.WriteUInt32BigEndian(extensions.AsSpan(4), (uint)format.Length);
            format.CopyTo(extensions, 8);
        }

        var header = new Qcow2Header
        {
            Version = 3,
            BackingFileOffset = name.Length == 0 ? 0 : (ulong)(Qcow2Header.Length + extensions.Length),
            BackingFileLength = (uint)name.Length,
            ClusterBits = ClusterBits,
            Size = (ulong)sizeBytes,
            CryptMethod = 0,
            L1Entries = l1Entries,
            L1Offset = ClusterBytes,
            RefcountOffset = (ulong)refcounts,
            Incompatible = Qcow2Features.None,
            HeaderLength = Qcow2Header.Length,
        };
        return [.. header.Write(refcountClusters, Qcow2Writer.RefcountOrder).AsSpan(0, Qcow2Header.Length), .. extensions, .. name];
    }

    private static byte[] Table(long blocks, long first)
    {
        var bytes = new byte[blocks * EntryBytes];
        for (var i = 0; i < blocks; i++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(i * EntryBytes), (ulong)(first + ((long)i * ClusterBytes)));
        }

        return bytes;
    }

    private static byte[] Ones(int count)
    {
        var bytes = new byte[2 * count];
        for (var i = 1; i < bytes.Length; i += 2)
        {
            bytes[i] = 1;
        }

        return bytes;
    }
}

using System.Buffers.Binary;
using Qvmc.Images.Intake;

namespace Qvmc.Images.Formats;

/// <summary>
/// Makes a raw disk a qcow2 file while its bytes come: each is written once, in order, but for the header, and clusters of
/// zeros are left out. The same disk makes the same bytes, whoever sends it and in whatever pieces.
/// </summary>
/// <remarks>
/// QEMU's docs/interop/qcow2.txt. Clusters have 64 KiB. The header's is followed by those of data in the disk's order, and
/// those of each 512 MiB by the L2 table that tells where they are; then come the L1 table, the refcount table and
/// its blocks. Everything is there once, so each refcount is 1.
/// </remarks>
/// <param name="file">Where it is written to. Empty.</param>
/// <param name="limits">How large it may become.</param>
internal sealed class Qcow2Writer(IncomingFile file, ImageStoreLimits limits)
{
    /// <summary>Pieces of a disk have a multiple of this, but for the last.</summary>
    internal const int ClusterBytes = 1 << ClusterBits;

    internal const int ClusterBits = 16, EntryBytes = 8;

    // What one L2 table covers: 512 MiB.
    internal const long RangeBytes = (long)ClusterBytes / EntryBytes * ClusterBytes;

    // A refcount has 16 bits.
    internal const int RefcountOrder = 4, BlockEntries = ClusterBytes / 2;

    // On the entries of L1 and L2 tables: the cluster is used once, so it may be written in place.
    private const ulong Copied = 1UL << 63;

    private readonly byte[] _l2 = new byte[ClusterBytes];
    private readonly List<ulong> _l1 = [];
    private bool _l2IsUsed;

    /// <summary>Bytes of the disk so far.</summary>
    internal long Size { get; private set; }

    /// <summary>Room that a disk takes at most of which so many bytes are no zeros, in pieces of at least a cluster.</summary>
    internal static long RoomFor(long diskBytes, long dataBytes)
    {
        var ranges = Count(diskBytes, RangeBytes);
        var clusters = 1 + Count(dataBytes, ClusterBytes) + ranges + Count(ranges * EntryBytes, ClusterBytes);
        var (blocks, table) = Refcounts(clusters);
        return (clusters + blocks + table) * ClusterBytes;
    }

    /// <summary>Takes a piece of the disk: whole clusters, but for the last piece.</summary>
    /// <exception cref="NoRoomException">There is no more room.</exception>
    internal async ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        if (Size % ClusterBytes != 0 && !bytes.IsEmpty)
        {
            throw new InvalidOperationException($"a piece came after one that ended within a cluster, at {Size}");
        }

        if (file.Length == 0)
        {
            file.Skip(ClusterBytes);
        }

        while (!bytes.IsEmpty)
        {
            var part = bytes[..(int)Math.Min(bytes.Length, RangeBytes - (Size % RangeBytes))];
            await AppendWithinRangeAsync(part, ct);
            bytes = bytes[part.Length..];
            if (Size % RangeBytes == 0)
            {
                await EndRangeAsync(ct);
            }
        }
    }

    /// <summary>Takes zeros: whole clusters.</summary>
    /// <exception cref="NoRoomException">There is no more room.</exception>
    internal async ValueTask SkipAsync(long count, CancellationToken ct)
    {
        while (count > 0)
        {
            var part = Math.Min(count, RangeBytes - (Size % RangeBytes));
            Size += part;
            count -= part;
            if (Size % RangeBytes == 0)
            {
                await EndRangeAsync(ct);
            }
        }
    }

    /// <summary>No more comes: writes what tells where everything is.</summary>
    /// <exception cref="NoRoomException">There is no more room.</exception>
    internal async Task EndAsync(CancellationToken ct)
    {
        if (Size % RangeBytes != 0)
        {
            await EndRangeAsync(ct);
        }

        var l1 = file.Length;
        await WriteAsync(Table(_l1), ct);
        var refcounts = file.Length;
        var clusters = refcounts / ClusterBytes;
        var (blocks, table) = Refcounts(clusters);
        var first = refcounts + (table * ClusterBytes);
        await WriteAsync(Table([.. Enumerable.Range(0, (int)blocks).Select(i => (ulong)(first + ((long)i * ClusterBytes)))]), ct);
        for (var left = clusters + table + blocks; left > 0; left -= BlockEntries)
        {
            await WriteAsync(RefcountBlock((int)Math.Min(left, BlockEntries)), ct);
        }

        var header = new Qcow2Header
        {
            Version = 3,
            BackingFileOffset = 0,
            ClusterBits = ClusterBits,
            Size = (ulong)Size,
            CryptMethod = 0,
            L1Entries = (uint)_l1.Count,
            L1Offset = (ulong)l1,
            RefcountOffset = (ulong)refcounts,
            Incompatible = Qcow2Features.None,
            HeaderLength = Qcow2Header.Length,
        };

        // Until now it was no disk.
        await file.WriteHeadAsync(header.Write((uint)table, RefcountOrder), ct);
        file.End();
    }

    private async ValueTask AppendWithinRangeAsync(ReadOnlyMemory<byte> part, CancellationToken ct)
    {
        for (var at = 0; at < part.Length;)
        {
            var data = DataBytes(part.Span[at..]);
            if (data == 0)
            {
                at += ClusterBytes;
                continue;
            }

            for (var cluster = 0; cluster < data; cluster += ClusterBytes)
            {
                var index = (Size + at + cluster) % RangeBytes / ClusterBytes;
                BinaryPrimitives.WriteUInt64BigEndian(_l2.AsSpan((int)index * EntryBytes), (ulong)(file.Length + cluster) | Copied);
            }

            _l2IsUsed = true;
            await WriteAsync(part.Slice(at, data), ct);
            at += data;
        }

        Size += part.Length;
        if (file.Length % ClusterBytes is > 0 and var rest)
        {
            file.Skip(ClusterBytes - (int)rest);
        }
    }

    private async ValueTask EndRangeAsync(CancellationToken ct)
    {
        _l1.Add(_l2IsUsed ? (ulong)file.Length | Copied : 0);
        if (_l2IsUsed)
        {
            await WriteAsync(_l2, ct);
            _l2.AsSpan().Clear();
            _l2IsUsed = false;
        }
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        if (file.Length + bytes.Length > limits.MaxBytes)
        {
            throw SourceBytes.TooLarge("as qcow2 it", limits);
        }

        await file.AppendAsync(bytes, ct);
    }

    // How many bytes from here on are clusters with something in them.
    private static int DataBytes(ReadOnlySpan<byte> bytes)
    {
        var count = 0;
        while (count < bytes.Length && bytes[count..Math.Min(count + ClusterBytes, bytes.Length)].ContainsAnyExcept((byte)0))
        {
            count = Math.Min(count + ClusterBytes, bytes.Length);
        }

        return count;
    }

    /// <summary>How many clusters the refcounts of so many others take, and their own.</summary>
    internal static (long Blocks, long Table) Refcounts(long clusters)
    {
        var (blocks, table) = (0L, 0L);
        while (true)
        {
            var enough = Count(clusters + blocks + table, BlockEntries);
            if (enough == blocks)
            {
                return (blocks, table);
            }

            (blocks, table) = (enough, Count(enough * EntryBytes, ClusterBytes));
        }
    }

    private static byte[] Table(IReadOnlyList<ulong> entries)
    {
        var bytes = new byte[Count((long)entries.Count * EntryBytes, ClusterBytes) * ClusterBytes];
        for (var i = 0; i < entries.Count; i++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(i * EntryBytes), entries[i]);
        }

        return bytes;
    }

    private static byte[] RefcountBlock(int clusters)
    {
        var bytes = new byte[ClusterBytes];
        for (var i = 0; i < clusters; i++)
        {
            bytes[(2 * i) + 1] = 1;
        }

        return bytes;
    }

    internal static long Count(long bytes, long unit) => (bytes + unit - 1) / unit;
}

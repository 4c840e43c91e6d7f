using System.Buffers.Binary;
using System.Security.Cryptography;
using CsCheck;
using Qvmc.Core.Faults;
using Qvmc.Images.Formats;
using Qvmc.Images.Intake;

namespace Qvmc.Images.Tests.Formats;

/// <summary>What the writer makes of raw disks, judged by qemu-img.</summary>
public sealed class Qcow2WriterTests : IDisposable
{
    private const int Cluster = Qcow2Writer.ClusterBytes;
    private const long Range = 512L << 20;
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly TestDirectory _directory = new();

    // Clusters that are empty, full, or have a byte somewhere; and sectors of the last one.
    private static readonly Gen<byte[]> AnyDisk = Gen.Select(Gen.Int[0, 4].Array[0, 24], Gen.Int[0, 127], Gen.Int[0, Cluster - 1]).Select((kinds, sectors, at) =>
    {
        var disk = new byte[(kinds.Length * Cluster) + (sectors * 512)];
        for (var i = 0; i < kinds.Length; i++)
        {
            var cluster = disk.AsSpan(i * Cluster, Cluster);
            switch (kinds[i])
            {
                case 1:
                    new Random(i).NextBytes(cluster);
                    break;
                case 2:
                    cluster[at] = 1;
                    break;
                case 3:
                    cluster[^1] = 1;
                    break;
                default:
                    break;
            }
        }

        disk.AsSpan(disk.Length - (sectors * 512)).Fill((byte)(at % 2));
        return disk;
    }).Where(disk => disk.Length > 0);

    [Fact]
    public void Any_disk_is_the_same_to_qemu_in_whatever_pieces_it_comes() => Gen.Select(AnyDisk, Gen.Int[1, 9], Gen.Int[1, 30]).Sample(
        (disk, clusters, others) =>
        {
            var raw = _directory.File($"{Guid.NewGuid()}.raw");
            File.WriteAllBytes(raw, disk);
            var made = Written(disk, clusters * Cluster);
            Check(made);
            Shell.Run("qemu-img", "compare", "-f", "raw", "-F", "qcow2", raw, made);
            var bytes = File.ReadAllBytes(made);
            Assert.Equal(bytes, File.ReadAllBytes(Written(disk, others * Cluster)));

            // Nothing is there that need not be, and all that is was foreseen.
            var data = Enumerable.Range(0, (disk.Length + Cluster - 1) / Cluster)
                .Count(i => disk.AsSpan(i * Cluster, Math.Min(Cluster, disk.Length - (i * Cluster))).ContainsAnyExcept((byte)0));
            var tables = data > 0 ? 5 : 4;
            Assert.Equal((data + tables) * Cluster, bytes.Length);
            Assert.Equal((data + 5) * Cluster, Qcow2Writer.RoomFor(disk.Length, data * Cluster));
        },
        iter: 30,
        threads: 1);

    [Fact]
    public void Disk_of_many_tables_has_its_bytes_where_they_were()
    {
        // At both sides of where one L2 table ends and the next begins; an empty range; and one that begins with zeros.
        (long At, byte Value)[] bytes = [(0, 1), (Range - 1, 2), (Range, 3), (Range + Cluster, 4), ((3 * Range) + (5 * Cluster) + 7, 5), ((4 * Range) + 512, 6)];
        var size = (4 * Range) + 1024;
        var raw = _directory.File("sparse.raw");
        using (var file = File.OpenHandle(raw, FileMode.CreateNew, FileAccess.ReadWrite))
        {
            RandomAccess.SetLength(file, size);
            foreach (var (at, value) in bytes)
            {
                RandomAccess.Write(file, [value], at);
            }
        }

        var made = _directory.File("sparse.qcow2");
        using (var source = File.OpenRead(raw))
        {
            // Pieces that do not end where a range does.
            Write(made, source, 7 * Cluster);
        }

        Check(made);
        Shell.Run("qemu-img", "compare", "-f", "raw", "-F", "qcow2", raw, made);
        Assert.Equal((1 + 6 + 4 + 1 + 1 + 1) * Cluster, new FileInfo(made).Length);
    }

    [Fact]
    public void Refcounts_cover_themselves() => Gen.Long[1, 1L << 34].Sample(clusters =>
    {
        var (blocks, table) = Qcow2Writer.Refcounts(clusters);
        Assert.True(blocks * 32768 >= clusters + blocks + table && table * 8192 >= blocks);
        Assert.True((blocks - 1) * 32768 < clusters + blocks + table && (table - 1) * 8192 < blocks);
    });

    [Fact]
    public void Bytes_are_those_of_all_versions()
    {
        // A store knows an image by them. Who changes the layout makes a second image of each disk that comes again.
        var disk = new byte[(5 * Cluster) + 512];
        for (var i = 0; i < 2 * Cluster; i++)
        {
            disk[Cluster + i] = (byte)(i * 7);
        }

        disk[^1] = 1;
        Assert.Equal("e9a25b30abeb9de106fa42fd345bc556c476c3d7fd2ba90c5947c1c4dcb238ff", Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Written(disk, Cluster)))));
    }

    [Fact]
    public void Header_that_is_written_is_read_again()
    {
        var bytes = File.ReadAllBytes(Written([1, .. new byte[1023]], Cluster));
        var header = Qcow2Header.Read(bytes)!;
        Assert.Equal((3u, 1024ul, 104u), (header.Version, header.Size, header.HeaderLength));
        Assert.Null(Qcow2Rules.Refuse(header, bytes.Length));
        Assert.Equal(4u, BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(96)));
    }

    [Fact]
    public async Task File_grows_no_larger_than_it_may()
    {
        using var file = new IncomingFile(_directory.File("large"));
        var writer = new Qcow2Writer(file, new ImageStoreLimits(MaxBytes: 3 * Cluster));
        var fault = await Assert.ThrowsAsync<FaultException>(async () =>
        {
            await writer.AppendAsync(Enumerable.Repeat((byte)1, 2 * Cluster).ToArray(), None);
            await writer.EndAsync(None);
        });
        Assert.Contains("as qcow2 it has more than", fault.Message, StringComparison.Ordinal);
        Assert.True(RandomAccess.GetLength(file.Handle) <= 3 * Cluster);
    }

    [Fact]
    public async Task Nothing_comes_after_a_piece_that_ended_within_a_cluster()
    {
        using var file = new IncomingFile(_directory.File("odd"));
        var writer = new Qcow2Writer(file, new ImageStoreLimits());
        await writer.AppendAsync(new byte[512], None);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await writer.AppendAsync(new byte[512], None));
    }

    // qemu-img check ends with other codes than 0 for faults and for leaks.
    private static void Check(string path) => Shell.Run("qemu-img", "check", "-q", "-f", "qcow2", path);

    private string Written(byte[] disk, int piece)
    {
        var path = _directory.File($"{Guid.NewGuid()}.qcow2");
        Write(path, new MemoryStream(disk), piece);
        return path;
    }

    private void Write(string path, Stream source, int piece)
    {
        using var file = new IncomingFile(_directory.File(Guid.NewGuid().ToString()));
        WriteAsync(file, source, piece).GetAwaiter().GetResult();
        file.MoveTo(path);
    }

    private static async Task WriteAsync(IncomingFile file, Stream source, int piece)
    {
        var writer = new Qcow2Writer(file, new ImageStoreLimits());
        var buffer = new byte[piece];
        int count;
        while ((count = await source.ReadAtLeastAsync(buffer, piece, throwOnEndOfStream: false, None)) > 0)
        {
            await writer.AppendAsync(buffer.AsMemory(0, count), None);
        }

        await writer.EndAsync(None);
    }

    public void Dispose() => _directory.Dispose();
}

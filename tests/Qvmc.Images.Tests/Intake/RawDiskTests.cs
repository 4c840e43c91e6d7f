using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Qvmc.Core.Faults;
using Qvmc.Images.Intake;
using Qvmc.Images.Tests.Formats;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Images.Tests.Intake;

/// <summary>Raw disks, which become qcow2 while they come.</summary>
public sealed class RawDiskTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly ForeignDisk _disk = new();
    private readonly ImageStore _store;

    public RawDiskTests() => _store = new ImageStore(_disk.File("images"), new QemuImg("/no/such/program"), NullLogger.Instance);

    [Fact]
    public async Task Same_disk_makes_the_same_image_however_it_comes()
    {
        var raw = File.ReadAllBytes(_disk.Raw());
        var blob = await AddAsync(new MemoryStream(raw));
        Assert.Equal((ImageFormat.Qcow2, ImageFormat.Raw, raw.Length, Digest(raw)), (blob.Format, blob.SourceFormat, blob.VirtualSizeBytes, $"{blob.SourceChecksum}"));
        var path = _store.Find(blob.Digest)!;
        Shell.Run("qemu-img", "compare", "-f", "raw", "-F", "qcow2", _disk.Raw(), path);
        Shell.Run("qemu-img", "check", "-q", "-f", "qcow2", path);
        Assert.Equal(ImageVerdict.Sound, await _store.VerifyAsync(blob.Digest, null, None));

        Assert.Equal(blob, await AddAsync(new MemoryStream(raw), new ImageExpectation(ImageFormat.Raw, Checksum.Parse(Digest(raw)), raw.Length)));
        await using (var file = File.OpenRead(_disk.Raw()))
        {
            Assert.Equal(blob, await AddAsync(file));
        }

        Assert.Equal(blob, await AddAsync(new JoinedStream(raw[..70_001], new JoinedStream(raw[70_001..70_008], new MemoryStream(raw[70_008..])))));
        Assert.Equal(blob, await _store.AdoptAsync(await PartialAsync(raw), new ImageExpectation(), None));

        using var zipped = new MemoryStream();
        await using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest, leaveOpen: true))
        {
            await gzip.WriteAsync(raw);
        }

        Assert.Equal(blob.Digest, (await AddAsync(new MemoryStream(zipped.ToArray()))).Digest);
        Assert.Equal(blob.Digest, (await _store.AdoptAsync(await PartialAsync(zipped.ToArray()), new ImageExpectation(), None)).Digest);
        Assert.Equal([blob.Digest], _store.Digests());
        AssertNothingPartial();
    }

    [Theory]
    [InlineData(512)]
    [InlineData(65536 - 512)]
    [InlineData(65536)]
    [InlineData(65536 + 512)]
    [InlineData((256 << 10) + 512)]
    public async Task Any_number_of_sectors_is_a_disk(int length)
    {
        foreach (var value in (byte[])[0, 7])
        {
            var bytes = Enumerable.Repeat(value, length).ToArray();
            var blob = await AddAsync(new MemoryStream(bytes));
            Assert.Equal(length, blob.VirtualSizeBytes);
            Shell.Run("qemu-img", "compare", "-f", "raw", "-F", "qcow2", _disk.Write(bytes), _store.Find(blob.Digest)!);
            await RefusedAsync(bytes[..^1], new ImageExpectation(), $"a raw disk has a multiple of 512 bytes, and it has {length - 1}");
        }
    }

    // What a range of 512 MiB has, and where it ends, is told by tables: holes that end there, go on behind it, or begin anew.
    [Theory]
    [InlineData(1L << 30, 0L, (512L << 20) - 4096, 1023L << 20)]
    [InlineData((1L << 30) + 512, 512L << 20)]
    [InlineData((1L << 30) + 66048, 1L << 20, (1L << 30) + 512)]
    [InlineData(3L << 30, 700L << 20, 2600L << 20)]
    [InlineData(1L << 40, 0L)]
    [InlineData(1L << 30)]
    [InlineData(600L << 20, 550L << 20)]
    public async Task Holes_of_a_file_make_the_same_image_as_their_zeros(long length, params long[] data)
    {
        var path = _disk.File("sparse.raw");
        await using var file = new FileStream(path, FileMode.Create, FileAccess.ReadWrite);
        foreach (var offset in data)
        {
            RandomAccess.Write(file.SafeFileHandle, RandomNumberGenerator.GetBytes(100_000), offset);
        }

        RandomAccess.SetLength(file.SafeFileHandle, length);
        var blob = await AddAsync(new SparseStream(file.SafeFileHandle), new ImageExpectation(RemembersSource: false));
        Assert.Equal(length, blob.VirtualSizeBytes);
        Shell.Run("qemu-img", "compare", "-f", "raw", "-F", "qcow2", path, _store.Find(blob.Digest)!);
        Shell.Run("qemu-img", "check", "-q", "-f", "qcow2", _store.Find(blob.Digest)!);

        if (length <= 600L << 20)
        {
            // Read in full, and summed, which goes past nothing.
            var read = await AddAsync(file);
            Assert.Equal((blob.Digest, length), (read.Digest, read.VirtualSizeBytes));
            var summed = await AddAsync(new SparseStream(file.SafeFileHandle));
            Assert.Equal(read, summed);
        }
    }

    [Theory]
    [InlineData(512)]
    [InlineData(511)]
    [InlineData(1)]
    public async Task End_that_tells_what_it_is_is_seen_across_pieces(int within)
    {
        // So much of the last 512 bytes comes with the last piece.
        var bytes = new byte[(256 << 10) + within];
        "conectix"u8.CopyTo(bytes.AsSpan(bytes.Length - 512));
        await RefusedAsync(bytes, new ImageExpectation(ImageFormat.Raw), "it is a VHD disk; convert it: qemu-img convert -f vpc");
        bytes[^512] = 0;
        await (within == 512 ? AddAsync(new MemoryStream(bytes)) : RefusedAsync(bytes, new ImageExpectation(), "a raw disk has a multiple of 512 bytes"));
    }

    [Fact]
    public async Task What_is_wrong_with_the_bytes_is_said_before_what_is_in_them()
    {
        var odd = new byte[1000];
        await RefusedAsync(odd, new ImageExpectation(Checksum: Checksum.Parse(Digest([]))), "its checksum is");
        await RefusedAsync(odd, new ImageExpectation(SizeBytes: 1024), "it broke off on the way");
        await RefusedAsync(odd, new ImageExpectation(ImageFormat.Qcow2), "announced as qcow2 and is something else, perhaps a raw disk");
    }

    [Fact]
    public async Task Larger_disk_than_is_allowed_is_refused()
    {
        var store = new ImageStore(_disk.File("images"), new QemuImg(), NullLogger.Instance, new ImageStoreLimits(MaxVirtualBytes: 1 << 20));
        var fault = await Assert.ThrowsAsync<FaultException>(() => store.AddAsync(new MemoryStream(new byte[(1 << 20) + 512]), new ImageExpectation(), None));
        Assert.Contains("its disk has 1049088 bytes, and at most 1 MiB are possible", fault.Message, StringComparison.Ordinal);
        AssertNothingPartial();
    }

    private Task<ImageBlob> AddAsync(Stream stream, ImageExpectation? expectation = null) => _store.AddAsync(stream, expectation ?? new ImageExpectation(), None);

    private async Task RefusedAsync(byte[] bytes, ImageExpectation expectation, string why)
    {
        var before = _store.Digests().Count;
        foreach (var adopted in (bool[])[false, true])
        {
            var partial = adopted ? await PartialAsync(bytes) : null;
            var fault = await Assert.ThrowsAsync<FaultException>(() => partial is null ? AddAsync(new MemoryStream(bytes), expectation) : _store.AdoptAsync(partial, expectation, None));
            Assert.Equal(FaultCode.InvalidArgument, fault.Code);
            Assert.Contains(why, fault.Message, StringComparison.Ordinal);
            if (partial is not null)
            {
                Assert.Equal(bytes.Length, partial.Length);
                partial.Delete();
                await partial.DisposeAsync();
            }

            AssertNothingPartial();
        }

        Assert.Equal(before, _store.Digests().Count);
    }

    private async Task<PartialFile> PartialAsync(byte[] bytes)
    {
        var partial = PartialFile.Open(Path.Combine(Directory.CreateDirectory(_store.PartialDirectory).FullName, "pull-x"));
        await partial.AppendAsync(bytes, None);
        partial.Complete();
        return partial;
    }

    private void AssertNothingPartial() => Assert.Empty(Directory.GetFiles(_store.PartialDirectory));

    private static string Digest(byte[] bytes) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes));

    public void Dispose() => _disk.Dispose();
}

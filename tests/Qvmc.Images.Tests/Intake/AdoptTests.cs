using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Qvmc.Core.Faults;
using Qvmc.Images.Tests.Formats;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Images.Tests.Intake;

public sealed class AdoptTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly ForeignDisk _disk = new();
    private readonly ImageStore _store;

    public AdoptTests() => _store = new ImageStore(_disk.File("images"), new QemuImg(), NullLogger.Instance);

    [Fact]
    public async Task What_is_kept_byte_for_byte_is_moved_in()
    {
        var bytes = _disk.Make("qcow2");
        var partial = await PartialAsync(bytes);
        var inode = Inode(partial.Path);
        var blob = await _store.AdoptAsync(partial, new ImageExpectation(ImageFormat.Qcow2, Checksum.Parse(Digest(bytes)), bytes.Length), None);
        Assert.Equal(new ImageBlob(Digest(bytes), ImageFormat.Qcow2, bytes.Length, ForeignDisk.RawBytes, ImageFormat.Qcow2, Checksum.Parse(Digest(bytes))), blob);
        Assert.Equal(inode, Inode(_store.Find(blob.Digest)!));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead, File.GetUnixFileMode(_store.Find(blob.Digest)!));
        await using (_store.OpenRead(blob.Digest))
        {
            AssertNothingPartial();
        }

        // The same again is not moved, and gone too.
        Assert.Equal(blob, await _store.AdoptAsync(await PartialAsync(bytes), new ImageExpectation(), None));
        Assert.Equal(inode, Inode(_store.Find(blob.Digest)!));
        AssertNothingPartial();
    }

    [Theory]
    [InlineData("raw", "")]
    [InlineData("vmdk", "")]
    [InlineData("vhdx", "")]
    [InlineData("raw", "gzip")]
    [InlineData("qcow2", "xz")]
    public async Task What_has_to_be_converted_or_decompressed_is(string format, string program)
    {
        var bytes = _disk.Make(format);
        var sent = program.Length > 0 ? Shell.Bytes(program, "-c", _disk.Write(bytes)) : bytes;
        var blob = await _store.AdoptAsync(await PartialAsync(sent), new ImageExpectation(SizeBytes: sent.Length), None);
        Assert.Equal((ImageFormat.Qcow2, ImageFormats.Parse(format), Checksum.Parse(Digest(sent))), (blob.Format, blob.SourceFormat, blob.SourceChecksum));
        AssertNothingPartial();
        Assert.Equal(blob, await _store.AddAsync(new MemoryStream(sent), new ImageExpectation(), None));
    }

    [Fact]
    public async Task What_is_refused_stays_for_its_owner()
    {
        var bytes = _disk.Make("qcow2");
        foreach (var (sent, expectation, why) in ((byte[], ImageExpectation, string)[])
        [
            (bytes, new ImageExpectation(Checksum: Checksum.Parse(Digest([]))), "its checksum is"),
            (bytes, new ImageExpectation(SizeBytes: bytes.Length + 1), "it broke off on the way"),
            (bytes, new ImageExpectation(ImageFormat.Raw), "announced as raw"),
            (bytes[..100_000], new ImageExpectation(), "cut off"),
            ("<html>"u8.ToArray(), new ImageExpectation(), "a web page"),
            ([], new ImageExpectation(), "it is empty"),
        ])
        {
            await using var partial = await PartialAsync(sent);
            var fault = await Assert.ThrowsAsync<FaultException>(() => _store.AdoptAsync(partial, expectation, None));
            Assert.Contains(why, fault.Message, StringComparison.Ordinal);
            var left = new byte[sent.Length + 1];
            Assert.Equal(sent.Length, RandomAccess.Read(partial.Handle, left, 0));
            Assert.Equal(sent, left[..sent.Length]);
            Assert.Equal(2, Directory.GetFiles(_store.PartialDirectory).Length);
            partial.Delete();
        }

        Assert.Empty(_store.Digests());
    }

    [Fact]
    public async Task Many_at_once_of_the_same_end_as_one_that_can_be_read()
    {
        var bytes = _disk.Make("qcow2");
        var partials = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => PartialAsync(bytes, $"pull-{i}")));
        await Task.WhenAll(partials.Select(p => Task.Run(async () =>
        {
            var blob = await _store.AdoptAsync(p, new ImageExpectation(), None);
            await using var file = _store.OpenRead(blob.Digest);
        })));
        Assert.Equal([Digest(bytes)], _store.Digests());
        AssertNothingPartial();
    }

    private async Task<PartialFile> PartialAsync(byte[] bytes, string name = "pull-x")
    {
        var partial = PartialFile.Open(Path.Combine(Directory.CreateDirectory(_store.PartialDirectory).FullName, name));
        await partial.AppendAsync(bytes, None);
        await partial.FlushAsync(None);
        partial.Complete();
        return partial;
    }

    private void AssertNothingPartial() => Assert.Empty(Directory.GetFiles(_store.PartialDirectory));

    private static string Inode(string path) => Shell.Run("stat", "-c", "%i", path);

    private static string Digest(byte[] bytes) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes));

    public void Dispose() => _disk.Dispose();
}

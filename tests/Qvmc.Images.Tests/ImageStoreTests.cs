using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Qvmc.Core.Faults;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Images.Tests;

public sealed class ImageStoreTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly TestDirectory _directory = new();
    private readonly ImageStore _store;

    public ImageStoreTests() => _store = new ImageStore(_directory.File("images"), new QemuImg(), NullLogger.Instance);

    [Fact]
    public async Task Raw_image_comes_in_under_its_digest_read_only()
    {
        var bytes = Noise(1 << 20);
        var blob = await AddAsync(bytes, new ImageExpectation());
        Assert.Equal(new ImageBlob(Digest(bytes), ImageFormat.Raw, 1 << 20, 1 << 20), blob);
        var path = _store.Find(blob.Digest)!;
        Assert.Equal(bytes, File.ReadAllBytes(path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead, File.GetUnixFileMode(path));
        Assert.Equal([blob.Digest], _store.Digests());
        await _store.VerifyAsync(blob.Digest, None);
        AssertNothingPartial();
    }

    [Fact]
    public async Task Qcow2_image_is_told_from_its_bytes()
    {
        var bytes = Qcow2("10M");
        var blob = await AddAsync(bytes, new ImageExpectation(Digest: Digest(bytes), SizeBytes: bytes.Length));
        Assert.Equal(new ImageBlob(Digest(bytes), ImageFormat.Qcow2, bytes.Length, 10 << 20), blob);
    }

    [Fact]
    public async Task Zeros_become_holes_and_stay_zeros()
    {
        byte[] bytes = [.. Noise(4096), .. new byte[(32 << 20) - 8192], .. Noise(4096)];
        var blob = await AddAsync(bytes, new ImageExpectation());
        var path = _store.Find(blob.Digest)!;
        await _store.VerifyAsync(blob.Digest, None);
        Assert.True(int.Parse(Shell.Run("stat", "-c", "%b", path)) * 512L < 2 << 20);
        Assert.Equal(bytes.Length, new FileInfo(path).Length);
    }

    [Fact]
    public async Task Image_that_ends_in_zeros_keeps_its_length()
    {
        byte[] bytes = [1, .. new byte[(1 << 20) - 1]];
        Assert.Equal(bytes.Length, (await AddAsync(bytes, new ImageExpectation())).SizeBytes);
    }

    [Fact]
    public async Task Same_bytes_again_are_the_same_file()
    {
        var bytes = Noise(4096);
        var first = await AddAsync(bytes, new ImageExpectation());
        var written = File.GetLastWriteTimeUtc(_store.Find(first.Digest)!);
        var inode = Shell.Run("stat", "-c", "%i", _store.Find(first.Digest)!);
        Assert.Equal(first, await AddAsync(bytes, new ImageExpectation()));
        Assert.Equal(inode, Shell.Run("stat", "-c", "%i", _store.Find(first.Digest)!));
        Assert.Equal(written, File.GetLastWriteTimeUtc(_store.Find(first.Digest)!));
        AssertNothingPartial();
    }

    [Fact]
    public async Task Twenty_at_once_of_the_same_end_as_one()
    {
        var bytes = Noise(1 << 20);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => AddAsync(bytes, new ImageExpectation())));
        Assert.Single(_store.Digests());
        AssertNothingPartial();
    }

    [Fact]
    public async Task Other_bytes_than_announced_are_refused()
    {
        var bytes = Noise(4096);
        await RefusedAsync(bytes, new ImageExpectation(Digest: Digest(Noise(4096))), "fetch it again, or correct the digest");
        await RefusedAsync(bytes, new ImageExpectation(SizeBytes: 4095), "more than the 4095 bytes that were announced");
        await RefusedAsync(bytes, new ImageExpectation(SizeBytes: 8192), "it has 4096 bytes, and 8192 were announced");
        await RefusedAsync(bytes, new ImageExpectation(SizeBytes: 0), "its announced size is 0 bytes");
        await RefusedAsync(bytes, new ImageExpectation(Digest: "md5:1"), "is not a digest");
        await RefusedAsync([], new ImageExpectation(), "it is empty");
    }

    [Fact]
    public async Task Source_that_breaks_off_leaves_nothing()
    {
        await Assert.ThrowsAsync<EndOfStreamException>(() => _store.AddAsync(new BreakingStream(1 << 20), new ImageExpectation(), None));
        using var cancel = new CancellationTokenSource();
        var adding = _store.AddAsync(new BreakingStream(1 << 20, stall: cancel), new ImageExpectation(), cancel.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => adding.WaitAsync(TimeSpan.FromSeconds(30)));
        AssertEmpty();
    }

    [Fact]
    public async Task Larger_than_the_disk_is_refused_before_the_first_byte()
    {
        var fault = await Assert.ThrowsAsync<FaultException>(() => _store.AddAsync(new BreakingStream(0), new ImageExpectation(SizeBytes: 1L << 50), None));
        Assert.Equal(FaultCode.ResourceExhausted, fault.Code);
        Assert.Contains("the image needs 1048576 GiB, and the file system of", fault.Message, StringComparison.Ordinal);
        AssertEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Disk_that_fills_up_is_named_and_nothing_is_left(bool announced)
    {
        // A file system of 3 MiB in a mount namespace of its own: gone with the process.
        string[] small = ["--user", "--map-root-user", "--mount", "sh", "-c", "mount -t tmpfs -o size=3500k tmpfs \"$0\" && exec \"$@\"", _directory.Path];
        if (Shell.Try("unshare", [.. small, "true"]).ExitCode != 0)
        {
            return; // The kernel forbids namespaces to this user: no way to a full disk here.
        }

        string[] program = [Environment.ProcessPath!, "exec", typeof(ImageStoreTests).Assembly.Location, _directory.Path];
        var lines = Shell.Run("unshare", [.. small, .. program, .. announced ? ["announced"] : Array.Empty<string>()]).TrimEnd().Split('\n');
        var images = lines.TakeWhile(l => l.StartsWith("sha256:", StringComparison.Ordinal)).ToList();
        Assert.Equal(3, images.Count);
        Assert.StartsWith(announced ? "ResourceExhausted the image needs 1 MiB, and the file system of" : "ResourceExhausted the image needs more room", lines[3], StringComparison.Ordinal);
        Assert.Equal(images.Select(i => i.Replace(':', '/')).Order(), lines[4..].Order());
    }

    [Fact]
    public async Task Damage_is_found_and_mended_by_another_import()
    {
        var bytes = Noise(4096);
        var blob = await AddAsync(bytes, new ImageExpectation());
        var path = _store.Find(blob.Digest)!;
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllBytes(path, Noise(512));
        Assert.Contains("is damaged", (await Assert.ThrowsAsync<FaultException>(() => _store.VerifyAsync(blob.Digest, None))).Message, StringComparison.Ordinal);
        await AddAsync(bytes, new ImageExpectation());
        await _store.VerifyAsync(blob.Digest, None);
    }

    [Fact]
    public async Task Deleted_image_is_gone()
    {
        var blob = await AddAsync(Noise(4096), new ImageExpectation());
        Assert.True(_store.Delete(blob.Digest));
        Assert.False(_store.Delete(blob.Digest));
        Assert.Null(_store.Find(blob.Digest));
        Assert.Equal(FaultCode.NotFound, (await Assert.ThrowsAsync<FaultException>(() => _store.VerifyAsync(blob.Digest, None))).Code);
    }

    [Fact]
    public void Sweep_takes_what_nobody_writes()
    {
        Assert.Equal(0, _store.SweepPartial());
        var partial = Directory.CreateDirectory(_directory.File("images/partial")).FullName;
        File.WriteAllText(Path.Combine(partial, "crashed"), "x");
        using (new FileStream(Path.Combine(partial, "coming"), FileMode.Create, FileAccess.ReadWrite, FileShare.None))
        {
            Assert.Equal(1, _store.SweepPartial());
        }

        Assert.Equal("coming", Path.GetFileName(Assert.Single(Directory.GetFiles(partial))));
    }

    [Fact]
    public async Task Missing_qemu_img_is_named_with_its_package()
    {
        var store = new ImageStore(_directory.File("images"), new QemuImg("qemu-img-of-nowhere"), NullLogger.Instance);
        var fault = await Assert.ThrowsAsync<FaultException>(() => store.AddAsync(new MemoryStream(Qcow2("1M")), new ImageExpectation(), None));
        Assert.Equal(FaultCode.FailedPrecondition, fault.Code);
        Assert.Contains("apt install qemu-utils", fault.Message, StringComparison.Ordinal);
        AssertEmpty();
    }

    private Task<ImageBlob> AddAsync(byte[] bytes, ImageExpectation expectation) => _store.AddAsync(new MemoryStream(bytes), expectation, None);

    private async Task RefusedAsync(byte[] bytes, ImageExpectation expectation, string why)
    {
        var fault = await Assert.ThrowsAsync<FaultException>(() => AddAsync(bytes, expectation));
        Assert.Equal(FaultCode.InvalidArgument, fault.Code);
        Assert.Contains(why, fault.Message, StringComparison.Ordinal);
        AssertEmpty();
    }

    private byte[] Qcow2(string size)
    {
        var path = _directory.File(Guid.NewGuid().ToString());
        Shell.Run("qemu-img", "create", "-q", "-f", "qcow2", path, size);
        return File.ReadAllBytes(path);
    }

    private void AssertEmpty()
    {
        Assert.Empty(_store.Digests());
        AssertNothingPartial();
    }

    private void AssertNothingPartial()
    {
        var partial = _directory.File("images/partial");
        Assert.Empty(Directory.Exists(partial) ? Directory.GetFiles(partial) : []);
    }

    private static byte[] Noise(int length) => RandomNumberGenerator.GetBytes(length);

    private static string Digest(byte[] bytes) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes));

    public void Dispose() => _directory.Dispose();
}

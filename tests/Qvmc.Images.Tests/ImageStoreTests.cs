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
    public async Task Raw_disk_becomes_qcow2_under_its_digest_read_only()
    {
        var bytes = Noise(1 << 20);
        var blob = await AddAsync(bytes, new ImageExpectation());
        var path = _store.Find(blob.Digest)!;
        var stored = File.ReadAllBytes(path);
        Assert.Equal(new ImageBlob(Digest(stored), ImageFormat.Qcow2, stored.Length, 1 << 20, ImageFormat.Raw, Checksum.Parse(Digest(bytes))), blob);
        AssertSame(bytes, path);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead, File.GetUnixFileMode(path));
        Assert.Equal([blob.Digest], _store.Digests());
        Assert.Equal(ImageVerdict.Sound, await _store.VerifyAsync(blob.Digest, null, None));
        AssertNothingPartial();
    }

    [Fact]
    public async Task Qcow2_image_is_told_from_its_bytes()
    {
        var bytes = Qcow2("10M");
        var checksum = Checksum.Parse("sha512:" + Convert.ToHexString(SHA512.HashData(bytes)));
        var blob = await AddAsync(bytes, new ImageExpectation(Checksum: checksum, SizeBytes: bytes.Length));
        Assert.Equal(new ImageBlob(Digest(bytes), ImageFormat.Qcow2, bytes.Length, 10 << 20, ImageFormat.Qcow2, checksum), blob);
    }

    [Fact]
    public async Task Zeros_take_no_room_and_stay_zeros()
    {
        byte[] bytes = [.. Noise(4096), .. new byte[(32 << 20) - 8192], .. Noise(4096)];
        var path = _store.Find((await AddAsync(bytes, new ImageExpectation())).Digest)!;
        Assert.True(new FileInfo(path).Length < 2 << 20);
        AssertSame(bytes, path);

        // What is kept byte for byte has holes.
        var disc = Disc(32 << 20);
        path = _store.Find((await AddAsync(disc, new ImageExpectation())).Digest)!;
        Assert.True(int.Parse(Shell.Run("stat", "-c", "%b", path)) * 512L < 2 << 20);
        Assert.Equal(disc, File.ReadAllBytes(path));
    }

    [Fact]
    public async Task Image_that_ends_in_zeros_keeps_its_length()
    {
        byte[] bytes = [1, .. new byte[(1 << 20) - 1]];
        Assert.Equal(bytes.Length, (await AddAsync(bytes, new ImageExpectation())).VirtualSizeBytes);
        var disc = Disc(1 << 20);
        Assert.Equal(disc.Length, (await AddAsync(disc, new ImageExpectation())).SizeBytes);
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
        await RefusedAsync(bytes, new ImageExpectation(Checksum: Checksum.Parse(Digest(Noise(4096)))), "fetch it again, or correct the checksum");
        await RefusedAsync(bytes, new ImageExpectation(Checksum: Checksum.Parse("sha512:" + new string('0', 128))), $"its checksum is sha512:{Convert.ToHexStringLower(SHA512.HashData(bytes))} and should be sha512:000");
        await RefusedAsync(bytes, new ImageExpectation(SizeBytes: 4095), "more than the 4095 bytes that were announced");
        await RefusedAsync(bytes, new ImageExpectation(SizeBytes: 8192), "it has 4096 bytes, and 8192 were announced");
        await RefusedAsync(bytes, new ImageExpectation(SizeBytes: 0), "its announced size is 0 bytes");
        await RefusedAsync([], new ImageExpectation(), "it is empty");
    }

    [Fact]
    public async Task Source_that_breaks_off_leaves_nothing()
    {
        await Assert.ThrowsAsync<EndOfStreamException>(() => _store.AddAsync(new BreakingStream(1 << 20), new ImageExpectation(), None));
        using var cancel = new CancellationTokenSource();
        var adding = _store.AddAsync(new BreakingStream(1 << 20, stall: cancel), new ImageExpectation(), cancel.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => adding.WaitAsync(TimeSpan.FromSeconds(60)));
        AssertEmpty();
    }

    [Fact]
    public async Task Larger_than_the_disk_is_refused_before_the_first_byte()
    {
        var store = new ImageStore(_directory.File("images"), new QemuImg(), NullLogger.Instance, new ImageStoreLimits(MaxBytes: long.MaxValue));
        var fault = await Assert.ThrowsAsync<FaultException>(() => store.AddAsync(new BreakingStream(0), new ImageExpectation(SizeBytes: 1L << 50), None));
        Assert.Equal(FaultCode.ResourceExhausted, fault.Code);
        Assert.Contains("the image needs 1048576 GiB, and the file system of", fault.Message, StringComparison.Ordinal);
        AssertEmpty();
    }

    [Theory]
    [InlineData(512)]
    [InlineData(1 << 20)]
    public async Task Damage_is_found_and_mended_by_another_import(int length)
    {
        var bytes = Disc(1 << 20);
        var blob = await AddAsync(bytes, new ImageExpectation());
        var path = _store.Find(blob.Digest)!;
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllBytes(path, Noise(length));
        Assert.Equal(ImageVerdict.Damaged, await _store.VerifyAsync(blob.Digest, null, None));
        await AddAsync(bytes, new ImageExpectation());
        Assert.Equal(ImageVerdict.Sound, await _store.VerifyAsync(blob.Digest, null, None));
    }

    [Fact]
    public async Task Larger_than_is_allowed_is_refused()
    {
        var store = new ImageStore(_directory.File("images"), new QemuImg(), NullLogger.Instance, new ImageStoreLimits(1 << 20, 8 << 20));
        foreach (var (bytes, expectation, why) in ((byte[], ImageExpectation, string)[])
        [
            (Noise(2 << 20), new ImageExpectation(), "it has more than 1 MiB; if it is sound, raise image_limits.max_gib"),
            (Noise(2 << 20), new ImageExpectation(SizeBytes: 2 << 20), "it has more than 1 MiB"),
            (Noise(1 << 20), new ImageExpectation(), "as qcow2 it has more than 1 MiB"),
            (Qcow2("10M"), new ImageExpectation(), "its disk has 10485760 bytes, and at most 8 MiB are possible"),
        ])
        {
            var fault = await Assert.ThrowsAsync<FaultException>(() => store.AddAsync(new MemoryStream(bytes), expectation, None));
            Assert.Equal((FaultCode.InvalidArgument, true), (fault.Code, fault.Message.Contains(why, StringComparison.Ordinal)));
            AssertEmpty();
        }
    }

    [Fact]
    public async Task Progress_is_told_in_each_phase()
    {
        // A raw disk is converted while it comes, others when they are here.
        var raw = Noise(20 << 20);
        await ToldAsync(raw, blob => [(IntakePhase.Receiving, raw.Length), (IntakePhase.Summing, blob.SizeBytes)]);
        var (path, vmdk) = (_directory.File("disk.raw"), _directory.File("disk.vmdk"));
        File.WriteAllBytes(path, raw);
        Shell.Run("qemu-img", "convert", "-f", "raw", "-O", "vmdk", path, vmdk);
        await ToldAsync(
            File.ReadAllBytes(vmdk),
            blob => [(IntakePhase.Receiving, new FileInfo(vmdk).Length), (IntakePhase.Converting, raw.Length), (IntakePhase.Summing, blob.SizeBytes)]);

        async Task ToldAsync(byte[] bytes, Func<ImageBlob, (IntakePhase, long)[]> wanted)
        {
            var told = new Told<IntakeProgress>();
            var phases = wanted(await AddAsync(bytes, new ImageExpectation(Progress: told, SizeBytes: bytes.Length)));
            Assert.Equal(phases.Select(p => p.Item1), told.Values.Select(v => v.Phase).Distinct());
            foreach (var (phase, total) in phases)
            {
                var values = told.Values.Where(v => v.Phase == phase).ToList();
                Assert.True(values.Count > 2 && values.Zip(values.Skip(1)).All(p => p.First.DoneBytes <= p.Second.DoneBytes), $"{phase}");
                Assert.Equal((total, total), (values[^1].DoneBytes, values[^1].TotalBytes));
            }
        }
    }

    [Fact]
    public async Task Deleted_image_is_gone()
    {
        var blob = await AddAsync(Noise(4096), new ImageExpectation());
        Assert.True(_store.Delete(blob.Digest));
        Assert.False(_store.Delete(blob.Digest));
        Assert.Null(_store.Find(blob.Digest));
        Assert.Equal(ImageVerdict.Missing, await _store.VerifyAsync(blob.Digest, null, None));
        Assert.Equal(FaultCode.NotFound, Assert.Throws<FaultException>(() => _store.OpenRead(blob.Digest)).Code);
    }

    [Fact]
    public async Task Verification_tells_how_far_it_is()
    {
        var blob = await AddAsync(Disc(20 << 20), new ImageExpectation());
        var told = new Told<long>();
        Assert.Equal(ImageVerdict.Sound, await _store.VerifyAsync(blob.Digest, told, None));
        Assert.Equal([8 << 20, 16 << 20, 20 << 20], told.Values);
    }

    [Fact]
    public async Task Image_can_be_read_from_any_place()
    {
        var bytes = Disc(40_000);
        var blob = await AddAsync(bytes, new ImageExpectation());
        await using var file = _store.OpenRead(blob.Digest);
        file.Seek(32_000, SeekOrigin.Begin);
        var rest = new byte[10_000];
        Assert.Equal(8_000, await file.ReadAtLeastAsync(rest, 10_000, throwOnEndOfStream: false));
        Assert.Equal(bytes[32_000..], rest[..8_000]);
    }

    [Fact]
    public void Sweep_takes_what_nobody_writes_and_nobody_can_go_on_with()
    {
        Assert.Equal(0, _store.SweepPartial());
        Assert.Empty(_store.Partials());
        var partial = Directory.CreateDirectory(_directory.File("images/partial")).FullName;
        foreach (var name in (string[])["add-1", "add-2", "fed0", "pull-a", "pull-a.offset", "pull-gone.offset", "upload-b", "upload-b.offset"])
        {
            File.WriteAllText(Path.Combine(partial, name), new string('x', 4000));
        }

        var written = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(Path.Combine(partial, "pull-a"), written);
        using (new FileStream(Path.Combine(partial, "add-2"), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            Assert.Equal(["add-1", "fed0", "pull-a", "upload-b"], _store.Partials().Select(p => p.Name));
            Assert.Equal(new PartialImage(Path.Combine(partial, "pull-a"), "pull-a", 4000, written), _store.Partials()[2]);
            Assert.Equal(3, _store.SweepPartial());
        }

        Assert.Equal(["add-2", "pull-a", "pull-a.offset", "upload-b", "upload-b.offset"], Directory.GetFiles(partial).Select(Path.GetFileName).Order(StringComparer.Ordinal));
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

    // What is kept byte for byte: the descriptor of a CD, and nothing on it.
    private static byte[] Disc(int length)
    {
        var bytes = new byte[length];
        "\0CD001"u8.CopyTo(bytes.AsSpan(32768));
        return bytes;
    }

    private void AssertSame(byte[] bytes, string qcow2)
    {
        var raw = _directory.File(Guid.NewGuid().ToString());
        File.WriteAllBytes(raw, bytes);
        Shell.Run("qemu-img", "compare", "-f", "raw", "-F", "qcow2", raw, qcow2);
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

using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Qvmc.Core.Faults;
using Qvmc.Images.Tests.Formats;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Images.Tests.Intake;

/// <summary>What gzip, xz and zstd really make, whole and otherwise.</summary>
public sealed class CompressionTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly ForeignDisk _disk = new();
    private readonly ImageStore _store;

    public CompressionTests() => _store = Store(new ImageStoreLimits());

    public static TheoryData<string> Programs => ["gzip", "xz", "zstd"];

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task Compressed_image_comes_in_as_what_it_is(string program)
    {
        var qcow2 = _disk.Make("qcow2");
        var bytes = Compress(program, qcow2);
        var checksum = Checksum.Parse("sha512:" + Convert.ToHexString(SHA512.HashData(bytes)));
        var told = new Told<IntakeProgress>();
        var blob = await AddAsync(bytes, new ImageExpectation(ImageFormat.Qcow2, checksum, bytes.Length, told));
        Assert.Equal(new ImageBlob(Digest(qcow2), ImageFormat.Qcow2, qcow2.Length, ForeignDisk.RawBytes, ImageFormat.Qcow2, checksum), blob);
        Assert.Equal(ImageVerdict.Sound, await _store.VerifyAsync(blob.Digest, null, None));
        Assert.Equal((bytes.Length, bytes.Length), (told.Values[^1].DoneBytes, told.Values[^1].TotalBytes));

        // In parts, as parallel compressors make them; and of another format.
        byte[] parts = [.. Compress(program, qcow2[..100_000]), .. Compress(program, qcow2[100_000..])];
        Assert.Equal(Digest(qcow2), (await AddAsync(parts)).Digest);
        blob = await AddAsync(Compress(program, _disk.Make("vmdk")));
        Assert.Equal((ImageFormat.Qcow2, ImageFormat.Vmdk), (blob.Format, blob.SourceFormat));
        AssertNothingPartial();
    }

    [Theory]
    [InlineData("gzip", "unexpected end of file", "invalid compressed data", "trailing garbage ignored")]
    [InlineData("xz", "Unexpected end of input", "Compressed data is corrupt", "Unexpected end of input|File format not recognized")]
    [InlineData("zstd", "premature end|unexpected end of file", "Decoding error", "unsupported format")]
    public async Task Cut_damaged_or_prolonged_stream_is_refused_in_the_programs_words(string program, string cut, string damaged, string prolonged)
    {
        var bytes = Compress(program, RandomNumberGenerator.GetBytes(1 << 20));
        foreach (var left in (int[])[20, 1000, bytes.Length / 2, bytes.Length - 1])
        {
            await RefusedAsync(bytes[..left], new ImageExpectation(), $"compressed by {program} and can't be decompressed: .*({cut})");
        }

        await RefusedAsync([.. bytes[..500_000], .. new byte[50], .. bytes[500_050..]], new ImageExpectation(), $"can't be decompressed: .*{damaged}");
        await RefusedAsync([.. bytes, .. "garbage!"u8], new ImageExpectation(), $"can't be decompressed: .*({prolonged})");

        // That it is not what was meant says more.
        var checksum = Checksum.Parse(Digest(bytes));
        await RefusedAsync(bytes[..^1], new ImageExpectation(Checksum: checksum), "its checksum is sha256:.* and should be sha256:");
        await RefusedAsync(bytes[..^1], new ImageExpectation(Checksum: checksum, SizeBytes: bytes.Length), "it broke off on the way");
        await RefusedAsync(bytes, new ImageExpectation(Checksum: checksum, SizeBytes: bytes.Length - 1), "more than the .* bytes that were announced");
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task Bomb_ends_at_the_limit(string program)
    {
        var zeros = _disk.File("zeros");
        using (var file = File.OpenHandle(zeros, FileMode.Create, FileAccess.Write))
        {
            RandomAccess.SetLength(file, 512 << 20);
        }

        var bytes = Shell.Bytes(program, "-1", "-c", zeros);
        Assert.True(bytes.Length < 8 << 20);
        var store = Store(new ImageStoreLimits(MaxBytes: 64 << 20));
        var fault = await Assert.ThrowsAsync<FaultException>(() => store.AddAsync(new MemoryStream(bytes), new ImageExpectation(), None));
        Assert.Contains("decompressed it has more than 64 MiB; if it is sound, raise image_limits.max_gib", fault.Message, StringComparison.Ordinal);
        AssertNothingPartial();
    }

    [Fact]
    public async Task Window_that_takes_too_much_memory_is_refused()
    {
        var source = _disk.Write(new byte[1 << 20]);
        var bytes = Shell.Bytes("sh", "-c", $"cat {source} | zstd -1 --zstd=wlog=31 -c");
        await RefusedAsync(bytes, new ImageExpectation(), "can't be decompressed: .*[Mm]emory");
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task Nested_compression_and_archives_are_refused_with_advice(string program)
    {
        var raw = new byte[1 << 20];
        await RefusedAsync(Compress(program, Compress("gzip", raw)), new ImageExpectation(), "compressed twice, by gzip within; decompress it first: gunzip");
        await RefusedAsync(Compress(program, Compress("zstd", raw)), new ImageExpectation(), "compressed twice, by zstd within");
        Shell.Run("tar", "-cf", _disk.File("x.tar"), "-C", Path.GetDirectoryName(_disk.Raw())!, "disk.raw");
        await RefusedAsync(Compress(program, File.ReadAllBytes(_disk.File("x.tar"))), new ImageExpectation(), @"a tar archive .*tar -xf");
        await RefusedAsync(Compress(program, [.. "PK\x03\x04"u8, .. raw]), new ImageExpectation(), "a zip archive; .*unzip");
        await RefusedAsync(Compress(program, []), new ImageExpectation(), "there is nothing in it");
    }

    [Fact]
    public async Task Source_that_breaks_off_or_is_given_up_ends_the_program()
    {
        var head = Compress("gzip", RandomNumberGenerator.GetBytes(1 << 20))[..300_000];
        using var cancel = new CancellationTokenSource();
        foreach (var rest in (BreakingStream[])[new(1000), new(1000, cancel)])
        {
            var adding = _store.AddAsync(new JoinedStream(head, rest), new ImageExpectation(), cancel.Token);
            var fault = await Record.ExceptionAsync(() => adding.WaitAsync(TimeSpan.FromSeconds(60)));
            Assert.True(cancel.IsCancellationRequested ? fault is OperationCanceledException : fault is EndOfStreamException, $"{fault}");
            AssertNothingPartial();
        }
    }

    [Fact]
    public void Missing_program_is_named_with_its_package()
    {
        var path = Directory.CreateDirectory(_disk.File("bin")).FullName;
        foreach (var program in (string[])["setpriv", "prlimit", "qemu-img", "gzip"])
        {
            File.CreateSymbolicLink(Path.Combine(path, program), Shell.Run("sh", "-c", $"command -v {program}").Trim());
        }

        Assert.StartsWith("sha256:", Last("gzip"), StringComparison.Ordinal);
        Assert.StartsWith("FailedPrecondition xz was not found; install it (Debian, Ubuntu: apt install xz-utils; macOS: brew install xz)", Last("xz"), StringComparison.Ordinal);
        Assert.StartsWith("FailedPrecondition zstd was not found; install it (Debian, Ubuntu: apt install zstd", Last("zstd"), StringComparison.Ordinal);
        AssertNothingPartial();

        string Last(string program)
        {
            var source = _disk.Write(Compress(program, new byte[1 << 20]));
            return Shell.Run("env", $"PATH={path}", Environment.ProcessPath!, "exec", typeof(CompressionTests).Assembly.Location, "add", _disk.File("images"), source).TrimEnd().Split('\n')[^1];
        }
    }

    private ImageStore Store(ImageStoreLimits limits) => new(_disk.File("images"), new QemuImg(), NullLogger.Instance, limits);

    private byte[] Compress(string program, byte[] bytes) => Shell.Bytes(program, "-1", "-c", _disk.Write(bytes));

    private Task<ImageBlob> AddAsync(byte[] bytes, ImageExpectation? expectation = null) => _store.AddAsync(new MemoryStream(bytes), expectation ?? new ImageExpectation(), None);

    private async Task RefusedAsync(byte[] bytes, ImageExpectation expectation, string why)
    {
        var fault = await Assert.ThrowsAsync<FaultException>(() => AddAsync(bytes, expectation));
        Assert.Equal(FaultCode.InvalidArgument, fault.Code);
        Assert.Matches($"^the image is refused: .*{why}", fault.Message);
        AssertNothingPartial();
        Assert.Empty(_store.Digests());
    }

    private void AssertNothingPartial() => Assert.Empty(Directory.Exists(_disk.File("images/partial")) ? Directory.GetFiles(_disk.File("images/partial")) : []);

    private static string Digest(byte[] bytes) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes));

    public void Dispose() => _disk.Dispose();
}

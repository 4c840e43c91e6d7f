using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Images.Tests.Intake;

/// <summary>SIGKILL at any moment: the image is complete or absent, and nobody goes on writing.</summary>
public sealed class KillTests : IDisposable
{
    private const int RawBytes = 96 << 20;

    private readonly TestDirectory _directory = new();
    private readonly ImageStore _store;

    public KillTests() => _store = new ImageStore(_directory.File("images"), new QemuImg(), NullLogger.Instance);

    [Theory]
    [InlineData("disk.raw")]
    [InlineData("disk.raw.gz")]
    [InlineData("disk.vmdk")]
    [InlineData("disk.qcow2.zst")]
    [InlineData("disk.iso")]
    public async Task Killed_intake_leaves_all_or_nothing(string kind)
    {
        var source = Source(kind);
        var phases = new List<string>();
        string digest;
        using (var whole = new IntakeProcess("add", _directory.File("images"), source))
        {
            digest = await DigestAsync(whole, phases);
        }

        Assert.True(_store.Delete(digest));
        foreach (var moment in Moments(phases))
        {
            using var process = new IntakeProcess("add", _directory.File("images"), source);
            await ReachAsync(process, moment);
            await process.KillAsync();
            await process.UntilNobodyIsLeftAsync();
            _store.SweepPartial();
            Assert.Empty(Directory.GetFiles(_store.PartialDirectory));
            await AssertAllOrNothingAsync(digest);
        }
    }

    [Theory]
    [InlineData("disk.raw")]
    [InlineData("disk.vmdk")]
    [InlineData("disk.iso")]
    public async Task Killed_adoption_leaves_the_source_or_the_image(string kind)
    {
        var bytes = await File.ReadAllBytesAsync(Source(kind));
        var phases = new List<string>();
        var digest = "";
        foreach (var moment in Moments(["Receiving", "Receiving", .. kind == "disk.vmdk" ? ["Converting"] : Array.Empty<string>(), .. kind == "disk.iso" ? Array.Empty<string>() : ["Summing"]]))
        {
            await using (var partial = PartialFile.Open(Path.Combine(Directory.CreateDirectory(_store.PartialDirectory).FullName, "pull-x")))
            {
                await partial.AppendAsync(bytes, CancellationToken.None);
            }

            using (var process = new IntakeProcess("adopt", _directory.File("images"), "pull-x"))
            {
                await ReachAsync(process, moment);
                await process.KillAsync();
                await process.UntilNobodyIsLeftAsync();
            }

            _store.SweepPartial();
            var partials = _store.Partials();
            Assert.True(partials.Count == 1 || _store.Digests().Count == 1, "neither the source nor the image is left");
            Assert.All(partials, p => Assert.Equal((("pull-x"), bytes.Length), (p.Name, new FileInfo(p.Path).Length)));

            // Somebody goes on with it.
            if (partials.Count == 1)
            {
                using var again = new IntakeProcess("adopt", _directory.File("images"), "pull-x");
                digest = await DigestAsync(again, phases);
            }

            Assert.Empty(Directory.GetFiles(_store.PartialDirectory));
            await AssertAllOrNothingAsync(digest.Length > 0 ? digest : _store.Digests()[0]);
        }
    }

    [Fact]
    public async Task Conversion_that_would_take_long_ends_with_its_daemon()
    {
        // Minutes of work in a file of a few MiB.
        var source = _directory.File("disk.vhdx");
        Shell.Run("qemu-img", "create", "-q", "-f", "vhdx", source, "4T");
        using var process = new IntakeProcess("add", _directory.File("images"), source);
        await ReachAsync(process, ("Converting", 0));
        await process.UntilAsync(left => left > 1);
        await process.KillAsync();
        await process.UntilNobodyIsLeftAsync();
        Assert.Equal(2, _store.SweepPartial());
        Assert.Empty(_store.Digests());
    }

    // In each phase at its beginning and somewhat later; and around the end, where files are renamed.
    private static IEnumerable<(string Phase, int Milliseconds)> Moments(IReadOnlyList<string> phases)
    {
        var random = new Random();
        return [.. phases.SelectMany(p => (int[])[0, random.Next(60), random.Next(400)], (p, ms) => (p, ms)), .. Enumerable.Range(0, 4).Select(_ => (phases[^1], random.Next(150, 1000)))];
    }

    private static async Task ReachAsync(IntakeProcess process, (string Phase, int Milliseconds) moment)
    {
        while (await process.ReadAsync() is { } line && line != moment.Phase)
        {
        }

        // Not a wait for anything: the moment at which it is killed.
        await Task.Delay(moment.Milliseconds);
    }

    private static async Task<string> DigestAsync(IntakeProcess process, List<string> phases)
    {
        while (await process.ReadAsync() is { } line)
        {
            if (line.StartsWith("sha256:", StringComparison.Ordinal))
            {
                return line;
            }

            phases.Add(line);
        }

        throw new EndOfStreamException("the process ended");
    }

    private async Task AssertAllOrNothingAsync(string digest)
    {
        var digests = _store.Digests();
        if (digests.Count > 0)
        {
            Assert.Equal([digest], digests);
            Assert.Equal(ImageVerdict.Sound, await _store.VerifyAsync(digest, null, CancellationToken.None));
            _store.Delete(digest);
        }
    }

    private string Source(string kind)
    {
        var path = _directory.File(kind.Split('.')[0] + ".raw");
        var bytes = RandomNumberGenerator.GetBytes(RawBytes);
        if (kind == "disk.iso")
        {
            "\0CD001"u8.CopyTo(bytes.AsSpan(32768));
        }

        File.WriteAllBytes(path, bytes);
        switch (kind)
        {
            case "disk.raw.gz":
                Shell.Run("gzip", "-1", path);
                return path + ".gz";
            case "disk.vmdk":
                Shell.Run("qemu-img", "convert", "-f", "raw", "-O", "vmdk", path, _directory.File(kind));
                return _directory.File(kind);
            case "disk.qcow2.zst":
                Shell.Run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", path, _directory.File("disk.qcow2"));
                Shell.Run("zstd", "-q", "-1", _directory.File("disk.qcow2"));
                return _directory.File("disk.qcow2.zst");
            default:
                return path;
        }
    }

    public void Dispose() => _directory.Dispose();
}

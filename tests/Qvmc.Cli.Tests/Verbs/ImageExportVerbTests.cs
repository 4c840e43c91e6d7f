using System.Security.Cryptography;
using Qvmc.Cli.Tests.Fakes;
using static Qvmc.Cli.Tests.Fakes.ImageSamples;

namespace Qvmc.Cli.Tests.Verbs;

public sealed class ImageExportVerbTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("qvmc-export-").FullName;
    private FakeController _controller = null!;

    private FakeImages Images => _controller.Images;

    private string File => Path.Combine(_directory, "out.qcow2");

    public async Task InitializeAsync()
    {
        _controller = await FakeController.StartAsync();

        // Noise, a hole that must come back as zeros, and a hole at the end.
        var bytes = new byte[1_000_000];
        Random.Shared.NextBytes(bytes.AsSpan(0, 300_000));
        Random.Shared.NextBytes(bytes.AsSpan(700_000, 100_000));
        Images.Content = bytes;
        var image = Ready("tiny", "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes)));
        image.SizeBytes = (ulong)bytes.Length;
        Images.Set(image);
    }

    public async Task DisposeAsync()
    {
        await _controller.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Writes_a_file_that_is_there_whole()
    {
        using var run = await CliRun.EndAsync(_controller, "image", "export", "tiny", File);
        Assert.Equal(ExitCode.Success, await run.Exit);
        Assert.StartsWith($"tiny is in {File} (976.6 KiB, qcow2, sha256:", run.Output, StringComparison.Ordinal);
        AssertWhole();
    }

    [Fact]
    public async Task Writes_to_standard_output()
    {
        using var run = await CliRun.EndAsync(_controller, "image", "export", "tiny", "-");
        Assert.Equal(ExitCode.Success, await run.Exit);
        Assert.Equal(Images.Content, run.OutputBytes);
    }

    [Theory]
    [InlineData("out")]
    [InlineData("-")]
    public async Task Goes_on_where_the_connection_broke_by_digest(string target)
    {
        Images.BreakExports.Enqueue(100_000);
        Images.BreakExports.Enqueue(300_000);
        CliRun? run = null;
        var seen = new Queue<string>(["receiving 10%", "receiving 40%"]);
        Images.BeforeBreak = () => run!.HearErrorAsync(seen.Dequeue());
        run = CliRun.Begin(_controller.Address, [], "image", "export", "tiny", target == "-" ? target : File);
        using var ending = run;
        Assert.Equal(ExitCode.Success, await run.EndAsync());
        Assert.Equal([0UL, 100_000UL, 400_000UL], Images.Exports.Select(request => request.Offset));
        Assert.Equal(3, Images.Exports.Count);
        Assert.All(Images.Exports.Skip(1), request => Assert.StartsWith("sha256:", request.Name, StringComparison.Ordinal));
        Assert.Contains("tiny: the connection to the controller broke; trying again", run.Error, StringComparison.Ordinal);
        if (target == "-")
        {
            Assert.Equal(Images.Content, run.OutputBytes);
        }
        else
        {
            AssertWhole();
        }
    }

    [Fact]
    public async Task Damaged_bytes_become_no_file()
    {
        Images.Content[5] ^= 1;
        using var run = await CliRun.EndAsync(_controller, "image", "export", "tiny", File);
        Assert.Equal(ExitCode.Failure, await run.Exit);
        Assert.Contains("what came of tiny is damaged", run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_directory));
    }

    [Fact]
    public async Task Bytes_that_end_too_early_become_no_file()
    {
        Images.Content = Images.Content[..^1];
        using var run = await CliRun.EndAsync(_controller, "image", "export", "tiny", File);
        Assert.Equal(ExitCode.Failure, await run.Exit);
        Assert.Contains("999999 of 1000000 bytes", run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_directory));
    }

    [Fact]
    public async Task Another_file_is_replaced_only_by_force()
    {
        await System.IO.File.WriteAllTextAsync(File, "precious");
        using var refused = await CliRun.EndAsync(_controller, "image", "export", "tiny", File);
        Assert.Equal(ExitCode.Conflict, await refused.Exit);
        Assert.Equal($"qvmc: {File} is there already: name another file, or give --force\n", refused.Error);
        Assert.Equal("precious", await System.IO.File.ReadAllTextAsync(File));
        Assert.Empty(Images.Exports);
        using var forced = await CliRun.EndAsync(_controller, "image", "export", "tiny", File, "--force");
        Assert.Equal(ExitCode.Success, await forced.Exit);
        AssertWhole();
    }

    [Theory]
    [InlineData(".", "is a directory: name a file", ExitCode.Usage)]
    [InlineData("no/such/file", "can't write", ExitCode.Conflict)]
    public async Task A_place_that_takes_no_file_is_told(string place, string message, int code)
    {
        using var run = await CliRun.EndAsync(_controller, "image", "export", "tiny", Path.Combine(_directory, place));
        Assert.Equal(code, await run.Exit);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    private void AssertWhole()
    {
        Assert.Equal([File], Directory.GetFiles(_directory));
        Assert.Equal(Images.Content, System.IO.File.ReadAllBytes(File));
    }
}

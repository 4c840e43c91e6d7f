using System.Security.Cryptography;
using Qvmc.Cli.Tests.Fakes;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Cli.Tests.Verbs;

public sealed class ImageVerbTests : IAsyncLifetime
{
    private readonly byte[] _bytes = new byte[1_300_000];
    private readonly string _file = Path.GetTempFileName();
    private FakeController _controller = null!;

    public async Task InitializeAsync()
    {
        new Random(1).NextBytes(_bytes);
        await File.WriteAllBytesAsync(_file, _bytes);
        _controller = await FakeController.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _controller.DisposeAsync();
        File.Delete(_file);
    }

    [Fact]
    public async Task Sends_a_file_in_pieces()
    {
        using var run = await CliRun.EndAsync(_controller, "image", "import", "tiny:1", _file, "--format", "raw", "--digest", "sha256:00");
        Assert.Equal($"tiny:1 is imported (1.2 MiB, raw, sha256:{Convert.ToHexStringLower(SHA256.HashData(_bytes))})\n", run.Output);
        Assert.Equal(new UploadHeader { Name = "tiny:1", Format = ImageFormat.Raw, Digest = "sha256:00", SizeBytes = 1_300_000 }, _controller.Images.Header);
        Assert.Equal([524288, 524288, 251424], _controller.Images.Chunks);
        Assert.Equal("tiny:1: sending 1.2 MiB\ntiny:1: checking what was sent\n", run.Error);
    }

    [Fact]
    public async Task Sends_standard_input()
    {
        using var run = CliRun.Begin(_controller.Address, _bytes, "image", "import", "tiny", "-", "-o", "json");
        Assert.Equal(ExitCode.Success, await run.EndAsync());
        Assert.Contains($"\"digest\": \"sha256:{Convert.ToHexStringLower(SHA256.HashData(_bytes))}\"", run.Output);
        Assert.Equal(0UL, _controller.Images.Header!.SizeBytes);
    }

    [Fact]
    public async Task A_refusal_in_the_middle_is_told_with_its_reason()
    {
        _controller.Images.RefuseAfter = 100_000;
        await File.WriteAllBytesAsync(_file, new byte[30_000_000]);
        using var run = await CliRun.EndAsync(_controller, "image", "import", "tiny", _file);
        Assert.EndsWith("qvmc: the image store is full\n", run.Error);
        Assert.Equal(ExitCode.Failure, await run.Exit);
    }
}

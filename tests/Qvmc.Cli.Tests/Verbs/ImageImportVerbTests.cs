using System.Security.Cryptography;
using Qvmc.Cli.Tests.Fakes;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Cli.Tests.Verbs;

public sealed class ImageImportVerbTests : IAsyncLifetime
{
    private readonly byte[] _bytes = new byte[1_300_000];
    private readonly string _file = Path.GetTempFileName();
    private FakeController _controller = null!;

    private FakeImages Images => _controller.Images;

    private string Digest => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(_bytes))}";

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
    public async Task Hands_a_file_over_to_a_controller_that_takes_it()
    {
        var turn = 0;
        Images.OnImportOpen = request => Answers(request);
        using var run = await CliRun.EndAsync(_controller, "image", "import", "tiny:1", _file, "--digest", "sha512:00", "--replace");
        Assert.Equal($"tiny:1 is imported (1.2 MiB, raw, {Digest})\n", run.Output);
        Assert.Equal("tiny:1: reading 30% of 1.2 MiB\ntiny:1: the connection to the controller broke; trying again\ntiny:1: checking what was read\n", run.Error);
        Assert.Empty(Images.Received);

        IEnumerable<ImportOpenFileResponse> Answers(ImportOpenFileRequest request)
        {
            Assert.Equal(new UploadHeader { Name = "tiny:1", Digest = "sha512:00", SizeBytes = 1_300_000, Replace = true }, request.Header);

            // What the kernel says of the descriptor: it is of this very process.
            Assert.Equal(_file, new FileInfo($"/proc/self/fd/{request.FileDescriptor}").LinkTarget);
            yield return new ImportOpenFileResponse { Progress = new ImageProgress { DoneBytes = turn == 0 ? 400_000ul : 1_300_000, TotalBytes = 1_300_000 } };
            if (turn++ == 0)
            {
                throw new Grpc.Core.RpcException(new Grpc.Core.Status(Grpc.Core.StatusCode.Unavailable, "going down"));
            }

            var image = ImageSamples.Ready("tiny:1", Digest);
            (image.SizeBytes, image.Format) = (1_300_000, ImageFormat.Raw);
            yield return new ImportOpenFileResponse { Image = image };
        }
    }

    [Fact]
    public async Task Sends_a_file_as_an_upload_that_can_go_on()
    {
        using var run = await CliRun.EndAsync(_controller, "image", "import", "tiny:1", _file, "--format", "vhdx", "--digest", "sha512:00", "--replace");
        Assert.Equal($"tiny:1 is imported (1.2 MiB, raw, {Digest})\n", run.Output);
        Assert.Equal(new UploadHeader { Name = "tiny:1", Format = ImageFormat.Vhdx, Digest = "sha512:00", SizeBytes = 1_300_000, Replace = true }, Images.Header);
        Assert.Equal(_bytes, Images.Received);
        Assert.Equal("tiny:1: sending 0% of 1.2 MiB\ntiny:1: sending 40% of 1.2 MiB\ntiny:1: sending 80% of 1.2 MiB\ntiny:1: sending 100% of 1.2 MiB\ntiny:1: checking what was sent\n", run.Error);
        Assert.Equal(0, Images.UploadsDeleted);
    }

    [Fact]
    public async Task Goes_on_where_the_connection_broke()
    {
        Images.BreakAppends.Enqueue(600_000);
        Images.BreakAppends.Enqueue(1);
        using var run = await CliRun.EndAsync(_controller, "image", "import", "tiny", _file);
        Assert.True(await run.Exit == ExitCode.Success, run.Error);
        Assert.Equal([0UL, 600_000UL, 600_001UL], Images.Offsets);
        Assert.Equal(_bytes, Images.Received);
        Assert.Contains("tiny: the connection to the controller broke; trying again", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_that_was_made_before_the_answer_broke_is_found()
    {
        Images.BreakAnswer = true;
        using var run = await CliRun.EndAsync(_controller, "image", "import", "tiny", _file);
        Assert.Equal($"tiny is imported (1.2 MiB, raw, {Digest})\n", run.Output);
    }

    [Fact]
    public async Task An_upload_that_is_gone_is_not_taken_for_an_image_that_was_here_before()
    {
        Images.BreakAnswer = true;
        Images.Set(ImageSamples.Ready("tiny", Digest));
        using var run = await CliRun.EndAsync(_controller, "image", "import", "tiny", _file);
        Assert.Equal(ExitCode.Conflict, await run.Exit);
        Assert.Contains("import it again", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_in_the_middle_is_told_with_its_reason_and_taken_back()
    {
        Images.RefuseAfter = 100_000;
        await File.WriteAllBytesAsync(_file, new byte[30_000_000]);
        using var run = await CliRun.EndAsync(_controller, "image", "import", "tiny", _file);
        Assert.EndsWith("qvmc: the image store is full\n", run.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failure, await run.Exit);
        Assert.Equal(1, Images.UploadsDeleted);
    }

    [Fact]
    public async Task Ctrl_c_takes_the_upload_back()
    {
        Images.HangAfter = 100_000;
        using var run = CliRun.Begin(_controller.Address, [], "image", "import", "tiny", _file);
        await run.HearErrorAsync("sending 0%");
        run.Terminal.Interrupt();
        Assert.Equal(ExitCode.Interrupted, await run.EndAsync());
        Assert.Equal(1, Images.UploadsDeleted);
    }

    [Fact]
    public async Task An_older_controller_gets_it_in_one_go()
    {
        Images.IsOld = true;
        using var run = await CliRun.EndAsync(_controller, "image", "import", "tiny:1", _file, "--format", "raw");
        Assert.Equal(ExitCode.Success, await run.Exit);
        Assert.Equal([524288, 524288, 251424], Images.Chunks);
    }

    [Fact]
    public async Task Sends_standard_input()
    {
        using var run = CliRun.Begin(_controller.Address, _bytes, "image", "import", "tiny", "-", "-o", "json");
        Assert.Equal(ExitCode.Success, await run.EndAsync());
        Assert.Contains($"\"digest\": \"{Digest}\"", run.Output, StringComparison.Ordinal);
        Assert.Equal(0UL, Images.Header!.SizeBytes);
        Assert.Equal("tiny: sending\ntiny: checking what was sent\n", run.Error);
    }
}

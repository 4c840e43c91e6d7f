using Grpc.Core;
using Qvmc.Cli.Tests.Fakes;
using Qvmc.Protos.Image.V1;
using static Qvmc.Cli.Tests.Fakes.ImageSamples;

namespace Qvmc.Cli.Tests.Verbs;

public sealed class ImagePullVerbTests : IAsyncLifetime
{
    private const ulong Mib = 1 << 20;

    private FakeController _controller = null!;

    private FakeImages Images => _controller.Images;

    public async Task InitializeAsync()
    {
        _controller = await FakeController.StartAsync();
        Images.OnPull = request => Pulling(request.Name == "debian" ? "debian:13" : request.Name);
    }

    public async Task DisposeAsync() => await _controller.DisposeAsync();

    [Fact]
    public async Task Shows_each_tenth_and_what_came_of_it()
    {
        using var run = CliRun.Begin(_controller.Address, [], "image", "pull", "debian");
        Assert.Equal("debian:13", await Images.NextWatchAsync());
        foreach (var image in new[]
        {
            Pulling("debian:13", 1 * Mib, 20 * Mib), Pulling("debian:13", 5 * Mib, 20 * Mib), Pulling("debian:13", 5 * Mib + 1, 20 * Mib),
            Pulling("debian:13", 5 * Mib, 20 * Mib, "a.example does not answer; next attempt in 8 s"), Pulling("debian:13", 20 * Mib, 20 * Mib),
        })
        {
            Images.Set(image);
        }

        await run.HearErrorAsync("100%");
        var preparing = Pulling("debian:13", 20 * Mib, 20 * Mib);
        preparing.State = ImageState.Preparing;
        Images.Set(preparing);
        var named = Ready("debian:13");
        named.Progress = new ImageProgress { TotalBytes = 20 * Mib };
        Images.Set(named);
        Images.Set(Ready("debian:13"));
        Assert.Equal(ExitCode.Success, await run.EndAsync());
        Assert.Equal($"debian:13 is pulled (20 MiB, qcow2, {Digest})\n", run.Output);
        Assert.Equal(
            """
            debian:13: pulling
            debian:13: pulling 0% of 20 MiB
            debian:13: pulling 20% of 20 MiB
            debian:13: pulling: a.example does not answer; next attempt in 8 s
            debian:13: pulling 100% of 20 MiB
            debian:13: checking and converting

            """,
            run.Error);
    }

    [Fact]
    public async Task Sends_what_a_url_needs()
    {
        Images.OnPull = request => Ready(request.Name);
        using var run = await CliRun.EndAsync(
            _controller, "image", "pull", "mine:1", "--url", "https://a.example/d", "--mirror", "https://b.example/d", "--mirror", "https://c.example/d", "--digest", "sha512:00", "--format", "vmdk", "-o", "json");
        Assert.Equal(ExitCode.Success, await run.Exit);
        var expected = new PullImageRequest { Name = "mine:1", Url = "https://a.example/d", Mirrors = { "https://b.example/d", "https://c.example/d" }, Digest = "sha512:00", Format = ImageFormat.Vmdk };
        Assert.Equal(expected, Assert.Single(Images.Pulls));
        Assert.Contains("\"state\": \"IMAGE_STATE_READY\"", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--digest", "sha256:00", "--digest needs --url")]
    [InlineData("--mirror", "https://b.example/d", "--mirror needs --url")]
    [InlineData("--format", "qcow2", "--format needs --url")]
    [InlineData("--url", "https://a.example/d --format qcow3", "is none of qcow2, raw, vmdk, vhdx, iso")]
    public async Task What_only_a_url_needs_is_refused_without(string option, string value, string message)
    {
        using var run = await CliRun.EndAsync(_controller, ["image", "pull", "debian", option, .. value.Split(' ')]);
        Assert.Equal(ExitCode.Usage, await run.Exit);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.Empty(Images.Pulls);
    }

    [Theory]
    [InlineData(Digest, "is up to date")]
    [InlineData("sha256:00", "has newer bytes now")]
    public async Task Says_whether_there_was_something_newer(string old, string what)
    {
        Images.Set(Ready("debian:13", old));
        Images.OnPull = _ =>
        {
            var coming = Ready("debian:13", old);
            coming.Progress = new ImageProgress();
            return coming;
        };
        using var run = CliRun.Begin(_controller.Address, [], "image", "pull", "debian");
        await Images.NextWatchAsync();
        Images.Set(Ready("debian:13"));
        Assert.Equal(ExitCode.Success, await run.EndAsync());
        Assert.StartsWith($"debian:13 {what} (", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_is_told_with_what_to_do()
    {
        using var run = CliRun.Begin(_controller.Address, [], "image", "pull", "debian");
        await Images.NextWatchAsync();
        Images.Set(Failed("debian:13", "its checksum is another"));
        Assert.Equal(ExitCode.Failure, await run.EndAsync());
        Assert.Contains("qvmc: debian:13 could not be pulled: its checksum is another\n\"qvmc image pull debian:13\" tries again", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Somebody_elses_cancellation_is_told()
    {
        using var run = CliRun.Begin(_controller.Address, [], "image", "pull", "debian");
        await Images.NextWatchAsync();
        Images.Remove("debian:13");
        Assert.Equal(ExitCode.Failure, await run.EndAsync());
        Assert.EndsWith("qvmc: the pull of debian:13 was cancelled\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_controller_that_restarts_is_waited_for()
    {
        using var run = CliRun.Begin(_controller.Address, [], "image", "pull", "debian");
        await Images.NextWatchAsync();
        await _controller.StopAsync();
        await run.HearErrorAsync("trying again");
        Images.Set(Ready("debian:13"));
        await _controller.ServeAsync();
        Assert.Equal(ExitCode.Success, await run.EndAsync());
        Assert.StartsWith("debian:13 is pulled", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_controller_that_goes_just_after_its_answer_is_waited_for_too()
    {
        Images.BreakWatch = true;
        using var run = CliRun.Begin(_controller.Address, [], "image", "pull", "debian");
        await Images.NextWatchAsync();
        Images.Set(Ready("debian:13"));
        Assert.Equal(ExitCode.Success, await run.EndAsync());
        Assert.Contains("trying again", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_c_cancels_what_this_command_began()
    {
        using var run = CliRun.Begin(_controller.Address, [], "image", "pull", "debian");
        await Images.NextWatchAsync();
        run.Terminal.Interrupt();
        Assert.Equal(ExitCode.Interrupted, await run.EndAsync());
        Assert.Equal(["debian:13"], Images.Deleted);
        Assert.EndsWith("qvmc: interrupted; the pull of debian:13 is cancelled\n", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ctrl_c_leaves_what_was_under_way_or_here_before(bool isHere)
    {
        var before = isHere ? Ready("debian:13") : Pulling("debian:13", 1, 2);
        before.Progress = new ImageProgress();
        Images.Set(before);
        Images.OnPull = _ => before;
        using var run = CliRun.Begin(_controller.Address, [], "image", "pull", "debian");
        await Images.NextWatchAsync();
        run.Terminal.Interrupt();
        Assert.Equal(ExitCode.Interrupted, await run.EndAsync());
        Assert.Empty(Images.Deleted);
        Assert.Contains("the pull of debian:13 goes on", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_c_tells_when_the_pull_can_not_be_cancelled()
    {
        Images.OnDelete = _ => throw new RpcException(new Status(StatusCode.FailedPrecondition, "image \"debian:13\" is used by \"web1\""));
        using var run = CliRun.Begin(_controller.Address, [], "image", "pull", "debian");
        await Images.NextWatchAsync();
        run.Terminal.Interrupt();
        Assert.Equal(ExitCode.Interrupted, await run.EndAsync());
        Assert.Contains("could not be cancelled: image \"debian:13\" is used by \"web1\"", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Detached_it_only_asks()
    {
        using var run = await CliRun.EndAsync(_controller, "image", "pull", "debian", "--detach");
        Assert.Equal("debian:13 is being pulled; \"qvmc image list\" shows how far it is\n", run.Output);
        Assert.Equal("", run.Error);
    }

    [Fact]
    public async Task Cancel_ends_pulls_and_nothing_else()
    {
        Images.Set(Pulling("a"));
        Images.Set(Ready("b"));
        Images.Set(Failed("c", "no"));
        var coming = Ready("d");
        coming.Progress = new ImageProgress();
        Images.Set(coming);
        using var run = await CliRun.EndAsync(_controller, "image", "cancel", "a", "b", "c", "d", "e");
        Assert.Equal("a: its pull is cancelled\n", run.Output);
        Assert.Equal(["a"], Images.Deleted);
        Assert.Contains("image \"b\" is not being pulled\n", run.Error, StringComparison.Ordinal);
        Assert.Contains("\"qvmc image delete c\" forgets it", run.Error, StringComparison.Ordinal);
        Assert.Contains("image \"d\" is here, and only newer bytes", run.Error, StringComparison.Ordinal);
        Assert.Contains("there is no image \"e\"", run.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Conflict, await run.Exit);
    }
}

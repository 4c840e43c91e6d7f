using Qvmc.Cli.Tests.Fakes;
using Qvmc.Protos.Instance.V1;
using static Qvmc.Cli.Tests.Fakes.ImageSamples;

namespace Qvmc.Cli.Tests.Verbs;

public sealed class LaunchImageTests : IAsyncLifetime
{
    private FakeController _controller = null!;

    public async Task InitializeAsync()
    {
        _controller = await FakeController.StartAsync();
        _controller.Instances.OnLaunch = request => Waiting(request.Name);
        _controller.Images.Set(Pulling("debian:13"));
    }

    public async Task DisposeAsync() => await _controller.DisposeAsync();

    [Fact]
    public async Task Shows_how_far_the_image_is_and_then_the_machine()
    {
        using var run = CliRun.Begin(_controller.Address, [], "launch", "web1", "--image", "debian");
        await _controller.Instances.NextWatchAsync();
        Assert.Equal("debian:13", await _controller.Images.NextWatchAsync());
        _controller.Images.Set(Pulling("debian:13", 30, 100));
        await run.HearErrorAsync("web1: pulling debian:13 30% of 100 bytes\n");

        // What else changes of the instance meanwhile says nothing new.
        _controller.Instances.Set(Waiting("web1"));
        _controller.Images.Set(Pulling("debian:13", 70, 100));
        await run.HearErrorAsync("70%");
        _controller.Images.Set(Ready("debian:13"));
        _controller.Instances.Set(Samples.At("web1", State.Starting, Stage.Disk));
        _controller.Instances.Set(Samples.Ready("web1"));
        Assert.Equal(ExitCode.Success, await run.EndAsync());
        Assert.StartsWith(
            """
            web1: waiting for the image debian:13
            web1: pulling debian:13
            web1: pulling debian:13 30% of 100 bytes
            web1: pulling debian:13 70% of 100 bytes
            web1: making the disk

            """,
            run.Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pull_that_goes_on_is_waited_for_unless_a_limit_is_given()
    {
        using var run = CliRun.Begin(_controller.Address, [], "launch", "web1", "--image", "debian", "--timeout", "1s");
        await _controller.Images.NextWatchAsync();
        Assert.Equal(ExitCode.Timeout, await run.EndAsync());
        Assert.Contains("it got as far as: waiting for the image debian:13", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pull_that_fails_ends_the_wait()
    {
        using var run = CliRun.Begin(_controller.Address, [], "launch", "web1", "--image", "debian");
        await _controller.Instances.NextWatchAsync();
        await _controller.Images.NextWatchAsync();
        var failed = Samples.At("web1", State.Failed);
        failed.Status.LastError = new LastError { Reason = "ImageFailed", Message = "its checksum is another" };
        _controller.Instances.Set(failed);
        Assert.Equal(ExitCode.Failure, await run.EndAsync());
        Assert.Contains("qvmc: web1 failed: its checksum is another", run.Error, StringComparison.Ordinal);
    }

    private static Instance Waiting(string name)
    {
        var instance = Samples.At(name, State.Starting, Stage.Image);
        instance.Spec.Image = "debian:13";
        instance.Status.Conditions.Add(new Condition { Type = ConditionType.Image, Met = false });
        return instance;
    }
}

using System.Text.Json;
using Qvmc.Cli.Tests.Fakes;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Tests.Verbs;

public sealed class WatchVerbTests : IAsyncLifetime
{
    private FakeController _controller = null!;

    public async Task InitializeAsync() => _controller = await FakeController.StartAsync();

    public async Task DisposeAsync() => await _controller.DisposeAsync();

    [Fact]
    public async Task Prints_a_line_for_each_change_until_Ctrl_C()
    {
        _controller.Instances.Set(Samples.Ready("web1"));
        using var run = CliRun.Begin(_controller.Address, [], "watch");
        await _controller.Instances.NextWatchAsync();
        _controller.Instances.Set(Samples.At("web1", State.Stopping, Stage.Powerdown));
        await run.HearOutputAsync("STOPPING");
        run.Terminal.Interrupt();
        Assert.Equal(ExitCode.Interrupted, await run.EndAsync());
        var lines = run.Output.TrimEnd().Split('\n');
        Assert.EndsWith("SNAPSHOT  web1  RUNNING  ready  10.0.2.15", lines[0]);
        Assert.EndsWith("SYNCED", lines[1]);
        Assert.EndsWith("CHANGED   web1  STOPPING  powerdown", lines[2]);
        Assert.Equal("", run.Error);
    }

    [Fact]
    public async Task In_JSON_each_line_is_an_object()
    {
        using var run = CliRun.Begin(_controller.Address, [], "watch", "--format", "json");
        await _controller.Instances.NextWatchAsync();
        _controller.Instances.Set(Samples.Ready("web1"));
        await run.HearOutputAsync("CHANGED");
        run.Terminal.Interrupt();
        await run.EndAsync();
        var types = run.Output.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement.GetProperty("type").GetString());
        Assert.Equal(["WATCH_EVENT_TYPE_SYNCED", "WATCH_EVENT_TYPE_CHANGED"], types);
    }

    [Fact]
    public async Task Resumes_after_a_break_and_begins_again_after_a_resync()
    {
        using var run = CliRun.Begin(_controller.Address, [], "watch");
        Assert.Equal("", (await _controller.Instances.NextWatchAsync()).ResumeToken);
        _controller.Instances.Set(Samples.Ready("web1"));
        await run.HearOutputAsync("CHANGED");
        await _controller.StopAsync();
        await _controller.ServeAsync();
        Assert.Equal("r1", (await _controller.Instances.NextWatchAsync()).ResumeToken);
        _controller.Instances.Tell(new WatchResponse { Type = WatchEventType.Resync });
        Assert.Equal("", (await _controller.Instances.NextWatchAsync()).ResumeToken);
        await run.HearErrorAsync("qvmc: the connection to the controller broke; trying again\nqvmc: changes were missed; beginning again\n");
        await run.HearOutputAsync("SNAPSHOT  web1");
        run.Terminal.Interrupt();
        Assert.Equal(ExitCode.Interrupted, await run.EndAsync());
    }
}

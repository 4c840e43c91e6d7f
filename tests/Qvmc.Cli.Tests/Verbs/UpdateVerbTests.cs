using Qvmc.Cli.Tests.Fakes;
using Qvmc.Core.Faults;
using Qvmc.Hosting.Faults;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Cli.Tests.Verbs;

public sealed class UpdateVerbTests : IAsyncLifetime
{
    private readonly List<UpdateRequest> _requests = [];
    private FakeController _controller = null!;

    public async Task InitializeAsync()
    {
        _controller = await FakeController.StartAsync();
        var instance = Samples.Ready("web1");
        instance.Labels.Add("keep", "1");
        instance.Labels.Add("drop", "2");
        _controller.Instances.Set(instance);
    }

    public async Task DisposeAsync() => await _controller.DisposeAsync();

    [Fact]
    public async Task Sends_only_what_changes()
    {
        Answer();
        using var run = await CliRun.EndAsync(_controller, "update", "web1", "--memory", "1G", "--etag", "mine");
        Assert.Equal("web1: updated\n", run.Output);
        var request = Assert.Single(_requests);
        Assert.Equal(["spec.memory_mib"], request.UpdateMask.Paths);
        Assert.Equal((1024U, "mine"), (request.Spec.MemoryMib, request.Etag));
    }

    [Fact]
    public async Task Autostart_is_turned_on_and_off()
    {
        Answer();
        using var on = await CliRun.EndAsync(_controller, "update", "web1", "--autostart-order", "3", "--autostart-delay", "10s");
        using var off = await CliRun.EndAsync(_controller, "update", "web1", "--no-autostart");
        Assert.All(_requests, r => Assert.Equal(["spec.autostart"], r.UpdateMask.Paths));
        Assert.Equal((3u, 10L), (_requests[0].Spec.Autostart.Order, _requests[0].Spec.Autostart.Delay.Seconds));
        Assert.Null(_requests[1].Spec.Autostart);
    }

    [Fact]
    public async Task Changes_single_labels_under_the_etag_and_tries_again_when_somebody_came_between()
    {
        Answer(FaultCode.Stale);
        using var run = await CliRun.EndAsync(_controller, "update", "web1", "--label", "new=3", "--remove-label", "drop");
        Assert.Equal(ExitCode.Success, await run.Exit);
        Assert.Equal(2, _requests.Count);
        Assert.Equal("e1", _requests[1].Etag);
        Assert.Equal(new Dictionary<string, string> { ["keep"] = "1", ["new"] = "3" }, _requests[1].Labels);
    }

    [Fact]
    public async Task With_an_etag_of_the_users_it_does_not_try_again()
    {
        Answer(FaultCode.Stale);
        using var run = await CliRun.EndAsync(_controller, "update", "web1", "--label", "new=3", "--etag", "old");
        Assert.Equal(ExitCode.Conflict, await run.Exit);
        Assert.Single(_requests);
    }

    private void Answer(FaultCode? first = null) => _controller.Instances.OnUpdate = request =>
    {
        _requests.Add(request);
        return _requests.Count == 1 && first is { } code
            ? throw FaultStatus.ToRpc(new FaultException(code, "somebody else changed it"))
            : new UpdateResponse { Instance = Samples.Ready(request.Name) };
    };
}

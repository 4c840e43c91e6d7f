using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;
using Qvmc.Testing;
using static Qvmc.Controller.Tests.ControllerHarness;

namespace Qvmc.Controller.Tests;

public class DeleteTests
{
    [Fact]
    public async Task A_running_one_is_deleted_only_by_force()
    {
        await using var world = await StartAsync();
        await world.LaunchAsync("web1");
        var fault = await FaultOf(() => DeleteAsync(world, force: false));
        Assert.Equal(FaultCode.FailedPrecondition, fault.Code);
        Assert.Contains("is running", fault.Message, StringComparison.Ordinal);
        await DeleteAsync(world, force: true);
        Assert.Null(world.Node.Find("web1"));
        Assert.Equal(FaultCode.NotFound, (await FaultOf(() => DeleteAsync(world, force: true))).Code);
        Assert.NotNull(await world.LaunchAsync("web1"));
    }

    [Fact]
    public async Task A_stopped_one_is_deleted()
    {
        await using var world = await StartAsync();
        await world.LaunchAsync("web1");
        await world.Client.StopAsync(new StopRequest { Name = "web1", Wait = WaitCondition.Stopped }, Within());
        await DeleteAsync(world, force: false);
        Assert.Empty((await world.Client.ListAsync(new ListRequest(), Within())).Instances);
    }

    [Fact]
    public async Task On_a_host_that_is_down_it_is_promised_and_done_when_the_host_returns()
    {
        var clock = new HandClock(InstanceLimits.DefaultWait);
        await using var world = await StartAsync(clock);
        await world.LaunchAsync("web1");
        await world.Node.StopAsync();
        await world.SeeAsync("web1", i => i.Status.State == State.Unknown);
        var deleting = world.Client.DeleteAsync(new DeleteRequest { Name = "web1", Force = true }, Within(InstanceLimits.DefaultWait * 2)).ResponseAsync;
        await world.SeeAsync("web1", i => i.DeleteTime is not null);
        await clock.RingAsync();
        var fault = await FaultOf(() => deleting);
        Assert.Equal(FaultCode.Unavailable, fault.Code);
        Assert.Contains("will be deleted when its host returns", fault.Message, StringComparison.Ordinal);
        fault = await FaultOf(async () => await world.Client.StartAsync(new StartRequest { Name = "web1" }, Within()));
        Assert.Equal(FaultCode.FailedPrecondition, fault.Code);

        await world.RestartControllerAsync();
        var waiting = DeleteAsync(world, force: true);
        await world.Node.StartAsync();
        await waiting;
        Assert.Null(world.Node.Find("web1"));
    }

    [Fact]
    public async Task One_that_turns_out_to_run_is_not_deleted_without_force()
    {
        await using var world = await StartAsync();
        await world.LaunchAsync("web1");
        await world.Node.StopAsync();
        await world.SeeAsync("web1", i => i.Status.State == State.Unknown);
        var deleting = DeleteAsync(world, force: false);
        await world.SeeAsync("web1", i => i.DeleteTime is not null);
        await world.Node.StartAsync();
        var fault = await FaultOf(() => deleting);
        Assert.Equal(FaultCode.FailedPrecondition, fault.Code);
        Assert.Contains("is running", fault.Message, StringComparison.Ordinal);
        Assert.Equal(State.Running, world.Node.Find("web1")!.State);
        await DeleteAsync(world, force: true);
        Assert.Null(world.Node.Find("web1"));
    }

    [Fact]
    public async Task A_wait_for_what_is_deleted_ends()
    {
        await using var world = await StartAsync();
        await world.LaunchAsync("web1");
        var waiting = world.WaitAsync("web1", WaitCondition.Paused);
        await DeleteAsync(world, force: true);
        var fault = await FaultOf(() => waiting);
        Assert.True(fault.Code is FaultCode.NotFound or FaultCode.FailedPrecondition, fault.Message);
        Assert.Contains("deleted", fault.Message.Replace("there is no instance", "deleted", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    private static async Task DeleteAsync(ControllerHarness world, bool force) =>
        await world.Client.DeleteAsync(new DeleteRequest { Name = "web1", Force = force }, Within());
}

using Qvmc.Core.Faults;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;
using static Qvmc.Controller.Tests.ControllerHarness;
using State = Qvmc.Protos.Instance.V1.State;

namespace Qvmc.Controller.Tests;

public class PowerTests
{
    [Fact]
    public async Task Start_and_stop_say_when_there_is_nothing_to_do()
    {
        await using var world = await StartAsync();
        await world.LaunchAsync("web1");
        var start = await world.Client.StartAsync(new StartRequest { Name = "web1" }, Within());
        Assert.Equal((false, "instance \"web1\" is running already"), (start.Changed, start.Message));
        var stop = await world.Client.StopAsync(new StopRequest { Name = "web1", Wait = WaitCondition.Stopped }, Within());
        Assert.Equal((true, State.Stopped), (stop.Changed, stop.Instance.Status.State));
        stop = await world.Client.StopAsync(new StopRequest { Name = "web1" }, Within());
        Assert.Equal((false, "instance \"web1\" is stopped already"), (stop.Changed, stop.Message));
        start = await world.Client.StartAsync(new StartRequest { Name = "web1", Wait = WaitCondition.Running }, Within());
        Assert.Equal((true, 2u), (start.Changed, start.Instance.Status.Boot));
    }

    [Fact]
    public async Task A_guest_that_shut_itself_down_stays_down_until_it_is_started()
    {
        await using var world = await StartAsync();
        await world.LaunchAsync("web1");
        world.Node.Change("web1", m => m.ShutDownByGuest());
        var stopped = await world.WaitAsync("web1", WaitCondition.Stopped);
        Assert.Equal("GuestShutdown", stopped.Status.Reason);
        await world.RestartControllerAsync();
        await world.Client.UpdateAsync(new UpdateRequest { Name = "web1", Spec = new InstanceSpec { Cpus = 2 } }, Within());
        await world.SeeAsync("web1", i => i.Status.ObservedGeneration == 2);
        Assert.Equal(State.Stopped, world.Node.Find("web1")!.State);
        var started = await world.Client.StartAsync(new StartRequest { Name = "web1", Wait = WaitCondition.Running }, Within());
        Assert.Equal(2u, started.Instance.Status.Boot);
    }

    [Fact]
    public async Task A_restart_is_a_new_run_and_its_wait_is_for_that()
    {
        await using var world = await StartAsync();
        await world.LaunchAsync("web1");
        world.Node.Automatic = false;
        var restarting = world.Client.RestartAsync(new RestartRequest { Name = "web1", Wait = WaitCondition.Running }, Within()).ResponseAsync;
        await world.Node.UntilAsync(n => n.Find("web1")!.Order.Boot == 2);
        Assert.Equal(State.Stopping, (await world.InfoAsync("web1")).Status.State);
        for (var i = 0; i < 4; i++)
        {
            Assert.False(restarting.IsCompleted);
            world.Node.Step("web1");
        }

        Assert.Equal((State.Running, 2u), ((await restarting).Instance.Status.State, world.Node.Find("web1")!.Boot));
    }

    [Fact]
    public async Task A_start_while_stopping_comes_after_it_and_a_stop_takes_it_back()
    {
        await using var world = await StartAsync();
        await world.LaunchAsync("web1");
        world.Node.Automatic = false;
        await world.Client.StopAsync(new StopRequest { Name = "web1" }, Within());
        await world.Node.UntilAsync(n => n.Find("web1")!.Order.Generation == 2);
        world.Node.Step("web1");
        await world.SeeAsync("web1", i => i.Status is { State: State.Stopping, ObservedGeneration: 2 });
        var start = await world.Client.StartAsync(new StartRequest { Name = "web1" }, Within());
        Assert.Equal((true, State.Stopping), (start.Changed, start.Instance.Status.State));
        await world.Node.UntilAsync(n => n.Find("web1")!.Order.Generation == 3);
        Assert.True((await world.Client.StopAsync(new StopRequest { Name = "web1" }, Within())).Changed);
        await world.Node.UntilAsync(n => n.Find("web1")!.Order.Generation == 4);
        world.Node.Step("web1");
        await world.WaitAsync("web1", WaitCondition.Stopped);
        Assert.False(world.Node.Find("web1")!.Step());
    }

    [Fact]
    public async Task A_paused_start_stands_still_and_goes_on_in_the_same_run()
    {
        await using var world = await StartAsync();
        var request = Request("web1", WaitCondition.Paused);
        request.Spec.Power = PowerState.Paused;
        Assert.Equal(State.Paused, (await world.Client.LaunchAsync(request, Within())).Instance.Status.State);
        var start = await world.Client.StartAsync(new StartRequest { Name = "web1", Wait = WaitCondition.Running }, Within());
        Assert.Equal((State.Running, 1u), (start.Instance.Status.State, start.Instance.Status.Boot));
    }

    [Fact]
    public async Task A_pause_and_a_resume_are_of_the_same_run()
    {
        await using var world = await StartAsync();
        await world.LaunchAsync("web1");
        var pause = await world.Client.PauseAsync(new PauseRequest { Name = "web1", Wait = WaitCondition.Paused }, Within());
        Assert.Equal((true, State.Paused), (pause.Changed, pause.Instance.Status.State));
        Assert.False((await world.Client.PauseAsync(new PauseRequest { Name = "web1" }, Within())).Changed);
        var resume = await world.Client.ResumeAsync(new ResumeRequest { Name = "web1", Wait = WaitCondition.Running }, Within());
        Assert.Equal((true, State.Running, 1u), (resume.Changed, resume.Instance.Status.State, resume.Instance.Status.Boot));
        Assert.Equal(resume.Instance.Generation, world.Node.Find("web1")!.Order.Resume);
        Assert.False((await world.Client.ResumeAsync(new ResumeRequest { Name = "web1" }, Within())).Changed);
        await world.Client.StopAsync(new StopRequest { Name = "web1", Wait = WaitCondition.Stopped }, Within());
        Assert.Equal(FaultCode.FailedPrecondition, (await FaultOf(async () => await world.Client.ResumeAsync(new ResumeRequest { Name = "web1" }, Within()))).Code);
        Assert.Equal(FaultCode.FailedPrecondition, (await FaultOf(async () => await world.Client.PauseAsync(new PauseRequest { Name = "web1" }, Within()))).Code);
    }

    [Fact]
    public async Task A_second_stop_with_less_grace_reaches_the_host()
    {
        await using var world = await StartAsync();
        await world.LaunchAsync("web1");
        world.Node.Automatic = false;
        await world.Client.StopAsync(new StopRequest { Name = "web1" }, Within());
        await world.Node.UntilAsync(n => n.Find("web1")!.Order.Generation == 2);
        world.Node.Step("web1");
        await world.SeeAsync("web1", i => i.Status is { State: State.Stopping, ObservedGeneration: 2 });
        var policy = new StopPolicy { Grace = Google.Protobuf.WellKnownTypes.Duration.FromTimeSpan(TimeSpan.FromSeconds(5)) };
        Assert.True((await world.Client.StopAsync(new StopRequest { Name = "web1", Policy = policy }, Within())).Changed);
        Assert.False((await world.Client.StopAsync(new StopRequest { Name = "web1", Policy = policy }, Within())).Changed);
        await world.Node.UntilAsync(n => n.Find("web1")!.Order.Stop?.Grace?.Seconds == 5);
    }

    [Fact]
    public async Task Autostart_reaches_the_host_with_the_launch_and_with_a_change()
    {
        await using var world = await StartAsync();
        var request = Request("web1", WaitCondition.Running);
        request.Spec.Autostart = new Autostart { Order = 7 };
        await world.Client.LaunchAsync(request, Within());
        Assert.Equal(7u, world.Node.Find("web1")!.Order.Spec.Autostart.Order);
        var mask = new Google.Protobuf.WellKnownTypes.FieldMask { Paths = { "spec.autostart" } };
        await world.Client.UpdateAsync(new UpdateRequest { Name = "web1", UpdateMask = mask }, Within());
        await world.Node.UntilAsync(n => n.Find("web1")!.Order is { Generation: 2, Spec.Autostart: null });
    }

    [Fact]
    public async Task A_stale_etag_is_refused_and_both_are_named()
    {
        await using var world = await StartAsync();
        var old = await world.LaunchAsync("web1");
        var current = (await world.Client.StopAsync(new StopRequest { Name = "web1", Etag = old.Etag }, Within())).Instance;
        Assert.NotEqual(old.Etag, current.Etag);
        Func<Task>[] calls =
        [
            async () => await world.Client.StartAsync(new StartRequest { Name = "web1", Etag = old.Etag }, Within()),
            async () => await world.Client.UpdateAsync(new UpdateRequest { Name = "web1", Etag = old.Etag, Spec = new InstanceSpec { Cpus = 2 } }, Within()),
            async () => await world.Client.DeleteAsync(new DeleteRequest { Name = "web1", Etag = old.Etag }, Within()),
        ];
        foreach (var call in calls)
        {
            var fault = await FaultOf(call);
            Assert.Equal(FaultCode.Stale, fault.Code);
            Assert.Contains(old.Etag, fault.Message, StringComparison.Ordinal);
            Assert.Contains(current.Etag, fault.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Of_many_changes_at_once_none_is_lost()
    {
        await using var world = await StartAsync();
        var before = await world.LaunchAsync("web1");
        await Task.WhenAll(Enumerable.Range(2, 8).Select(n =>
            world.Client.UpdateAsync(new UpdateRequest { Name = "web1", Spec = new InstanceSpec { MemoryMib = 1024 + (uint)n } }, Within()).ResponseAsync));
        Assert.Equal(before.Generation + 8, (await world.InfoAsync("web1")).Generation);
        await world.SeeAsync("web1", i => i.Status.ObservedGeneration == before.Generation + 8);
    }

    [Fact]
    public async Task An_update_reaches_the_host_and_a_disk_never_shrinks()
    {
        await using var world = await StartAsync();
        await world.LaunchAsync("web1");
        var grown = await world.Client.UpdateAsync(new UpdateRequest { Name = "web1", Spec = new InstanceSpec { DiskMib = 64, MemoryMib = 256 } }, Within());
        Assert.Equal((64u, 256u), (grown.Instance.Spec.DiskMib, grown.Instance.Spec.MemoryMib));
        await world.Node.UntilAsync(n => n.Find("web1")!.Order.Spec.DiskMib == 64);
        var fault = await FaultOf(async () => await world.Client.UpdateAsync(new UpdateRequest { Name = "web1", Spec = new InstanceSpec { DiskMib = 32 } }, Within()));
        Assert.Equal((FaultCode.InvalidArgument, "spec.disk_mib"), (fault.Code, Assert.Single(fault.Fields).Field));
    }
}

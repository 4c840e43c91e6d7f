using Google.Protobuf.WellKnownTypes;
using Qvmc.Core.Faults;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;
using Qvmc.Testing;
using static Qvmc.Controller.Tests.ControllerHarness;
using State = Qvmc.Protos.Instance.V1.State;

namespace Qvmc.Controller.Tests;

public class LaunchTests
{
    [Fact]
    public async Task A_launch_answers_when_it_is_stored_and_a_wait_when_it_holds()
    {
        await using var world = await StartAsync();
        world.Node.Automatic = false;
        var stored = await world.LaunchAsync("web1", WaitCondition.Unspecified);
        Assert.Equal((1u, State.Starting, Stage.Queued), (stored.Generation, stored.Status.State, stored.Status.Stage));
        Assert.Equal((1u, 1024u, 2u), (stored.Spec.Cpus, stored.Spec.MemoryMib, stored.Spec.DiskMib));

        var waiting = world.WaitAsync("web1", WaitCondition.Ready);
        await world.Node.UntilAsync(n => n.Find("web1") is not null);
        world.Node.Step("web1");
        world.Node.Step("web1");
        await world.WaitAsync("web1", WaitCondition.Running);
        Assert.False(waiting.IsCompleted);
        world.Node.BecomeReady("web1");
        var ready = await waiting;
        Assert.Equal((State.Running, "local", 1u), (ready.Status.State, ready.Status.Node, ready.Status.ObservedGeneration));
    }

    [Fact]
    public async Task The_host_gets_what_was_asked_for()
    {
        await using var world = await StartAsync();
        var request = Request("web1", WaitCondition.Running);
        request.Spec.CloudInit = new CloudInit { UserData = "#cloud-config\n{}\n" };
        request.Spec.Forwards.Add(new PortForward { HostPort = 2222, GuestPort = 22 });
        var instance = (await world.Client.LaunchAsync(request, Within())).Instance;
        var order = world.Node.Find("web1")!.Order;
        Assert.Equal((instance.Uid, "web1", 1u, 1u, "qcow2"), (order.Uid, order.Name, order.Generation, order.Boot, order.ImageFormat));
        Assert.Equal(instance.Spec, order.Spec);
        Assert.StartsWith("sha256:", order.ImageDigest, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stopped_launch_never_starts()
    {
        await using var world = await StartAsync();
        var request = Request("web1", WaitCondition.Stopped);
        request.Spec.Power = PowerState.Stopped;
        Assert.Equal(State.Stopped, (await world.Client.LaunchAsync(request, Within())).Instance.Status.State);
        await world.Node.UntilAsync(n => n.Find("web1") is { Order.Boot: 0, State: State.Stopped });
    }

    [Fact]
    public async Task A_taken_name_is_refused()
    {
        await using var world = await StartAsync();
        await world.LaunchAsync("web1");
        var fault = await FaultOf(() => world.LaunchAsync("web1"));
        Assert.Equal(FaultCode.AlreadyExists, fault.Code);
        Assert.Contains("\"web1\"", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_request_again_is_the_same_instance_even_after_a_restart()
    {
        await using var world = await StartAsync();
        var request = Request("web1");
        request.RequestId = "r 1/\u00e4";
        request.Labels.Add("a", "1");
        request.Labels.Add("b", "2");
        var first = (await world.Client.LaunchAsync(request, Within())).Instance;
        var again = request.Clone();
        again.Labels.Clear();
        again.Labels.Add("b", "2");
        again.Labels.Add("a", "1");
        again.Wait = WaitCondition.Running;
        Assert.Equal(first.Uid, (await world.Client.LaunchAsync(again, Within())).Instance.Uid);
        await world.RestartControllerAsync();
        Assert.Equal(first.Uid, (await world.Client.LaunchAsync(again, Within())).Instance.Uid);

        var other = request.Clone();
        other.Name = "web2";
        Assert.Equal(FaultCode.AlreadyExists, (await FaultOf(async () => await world.Client.LaunchAsync(other, Within()))).Code);
    }

    [Fact]
    public async Task The_same_request_does_not_bring_back_what_was_deleted()
    {
        await using var world = await StartAsync();
        var request = Request("web1");
        request.RequestId = "r1";
        await world.Client.LaunchAsync(request, Within());
        await world.Client.DeleteAsync(new DeleteRequest { Name = "web1", Force = true }, Within());
        await world.RestartControllerAsync();
        var fault = await FaultOf(async () => await world.Client.LaunchAsync(request, Within()));
        Assert.Equal(FaultCode.FailedPrecondition, fault.Code);
        Assert.Contains("deleted since", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_request_many_times_at_once_is_one_instance()
    {
        await using var world = await StartAsync();
        var request = Request("web1");
        request.RequestId = "r1";
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => world.Client.LaunchAsync(request, Within()).ResponseAsync));
        Assert.Single(answers.Select(a => a.Instance.Uid).Distinct());
    }

    [Fact]
    public async Task Twenty_at_once_all_run()
    {
        await using var world = await StartAsync();
        var launched = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => world.LaunchAsync($"web{i}")));
        Assert.All(launched, i => Assert.Equal(State.Running, i.Status.State));
        Assert.Equal(20, launched.SelectMany(i => i.Spec.Nics).Select(n => n.Mac).Distinct().Count());
        Assert.Equal(20, world.Node.Calls.Distinct().Count(c => c.StartsWith("ensure", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_port_that_another_instance_has_is_refused()
    {
        await using var world = await StartAsync();
        var request = Request("web1");
        request.Spec.Forwards.Add(new PortForward { HostPort = 8080, GuestPort = 80 });
        await world.Client.LaunchAsync(request, Within());
        request.Name = "web2";
        var fault = await FaultOf(async () => await world.Client.LaunchAsync(request, Within()));
        Assert.Equal(FaultCode.FailedPrecondition, fault.Code);
        Assert.Contains("tcp 127.0.0.1:8080", fault.Message, StringComparison.Ordinal);
        Assert.Contains("\"web1\"", fault.Message, StringComparison.Ordinal);
        request.Spec.Forwards[0].Protocol = Protocol.Udp;
        await world.Client.LaunchAsync(request, Within());
    }

    [Fact]
    public async Task A_failure_ends_the_wait_at_once_and_an_old_one_does_not()
    {
        await using var world = await StartAsync();
        world.Node.Automatic = false;
        var launching = world.LaunchAsync("web1", WaitCondition.Ready);
        await world.Node.UntilAsync(n => n.Find("web1") is not null);
        world.Node.Step("web1");
        world.Node.Change("web1", m => m.Fail("no space left on the host"));
        var fault = await FaultOf(() => launching);
        Assert.Equal(FaultCode.FailedPrecondition, fault.Code);
        Assert.Contains("no space left on the host", fault.Message, StringComparison.Ordinal);

        var starting = world.Client.StartAsync(new StartRequest { Name = "web1", Wait = WaitCondition.Running }, Within()).ResponseAsync;
        await world.Node.UntilAsync(n => n.Find("web1")!.Order.Boot == 2);
        Assert.False(starting.IsCompleted);
        world.Node.Step("web1");
        world.Node.Step("web1");
        var started = await starting;
        Assert.Equal((State.Running, null), (started.Instance.Status.State, started.Instance.Status.LastError));
    }

    [Fact]
    public async Task A_wait_that_runs_out_says_how_far_it_came_and_harms_nothing()
    {
        var limit = TimeSpan.FromSeconds(77);
        var clock = new HandClock(limit);
        await using var world = await StartAsync(clock);
        var request = Request("web1", WaitCondition.Ready);
        request.Timeout = Duration.FromTimeSpan(limit);
        var launching = world.Client.LaunchAsync(request, Within(limit * 2)).ResponseAsync;
        await world.SeeAsync("web1", i => i.Status.State == State.Running);
        await clock.RingAsync();
        var fault = await FaultOf(() => launching);
        Assert.Equal(FaultCode.Timeout, fault.Code);
        Assert.Contains("READY after 77 s; it is RUNNING on host \"local\"", fault.Message, StringComparison.Ordinal);
        Assert.Contains("login:", fault.Message, StringComparison.Ordinal);
        Assert.Equal(State.Running, (await world.InfoAsync("web1")).Status.State);
    }

    [Fact]
    public async Task What_a_host_refuses_has_failed_and_is_tried_again()
    {
        await using var world = await StartAsync();
        world.Node.Refuse = _ => new FaultException(FaultCode.FailedPrecondition, "there is no network \"lan\"");
        var fault = await FaultOf(() => world.LaunchAsync("web1"));
        Assert.Contains("there is no network", fault.Message, StringComparison.Ordinal);
        Assert.Equal((State.Failed, "HostFailedPrecondition"), ((await world.InfoAsync("web1")).Status.State, (await world.InfoAsync("web1")).Status.LastError.Reason));
        world.Node.Refuse = _ => null;
        var started = await world.Client.StartAsync(new StartRequest { Name = "web1", Wait = WaitCondition.Running }, Within());
        Assert.Equal(State.Running, started.Instance.Status.State);
    }

    [Fact]
    public async Task Instances_spread_over_the_hosts_that_can_be_reached()
    {
        await using var world = await StartAsync("a", "b", "c");
        await world.Nodes[2].StopAsync();
        await world.SeeHostAsync(reachable: false, index: 2);
        var launched = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            launched.Add((await world.LaunchAsync($"web{i}")).Status.Node);
        }

        Assert.Equal(["a", "a", "b", "b"], launched.Order());
    }
}

using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Qvmc.Controller.Nodes;
using Qvmc.Core.Faults;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Qemu.V1;
using static Qvmc.Controller.Tests.ControllerHarness;

namespace Qvmc.Controller.Tests;

public class GuestTests
{
    [Fact]
    public async Task Exec_and_console_go_to_the_host()
    {
        await using var world = await StartAsync();
        await world.LaunchAsync("web1");
        var ended = await world.Client.ExecAsync(new Protos.Controller.V1.ExecRequest { Name = "web1", Command = { "uname", "-a" }, Timeout = new Duration { Seconds = 7 } }, Within());
        Assert.Equal((3, "uname -a 7"), (ended.ExitCode, ended.Stdout.ToStringUtf8()));
        var console = await world.Client.ConsoleAsync(new Protos.Controller.V1.ConsoleRequest { Name = "web1" }, Within());
        Assert.Equal("booting\nlogin:", console.Text);
        var fault = await FaultOf(async () => await world.Client.ExecAsync(new Protos.Controller.V1.ExecRequest { Name = "web1", Command = { "sleep" } }, Within()));
        Assert.Equal((FaultCode.Timeout, "the command did not end"), (fault.Code, fault.Message));
    }

    [Fact]
    public async Task Exec_needs_a_guest_that_runs_and_a_host_that_answers()
    {
        await using var world = await StartAsync();
        await world.LaunchAsync("web1");
        await world.Client.StopAsync(new StopRequest { Name = "web1", Wait = WaitCondition.Stopped }, Within());
        var exec = new Protos.Controller.V1.ExecRequest { Name = "web1", Command = { "true" } };
        var fault = await FaultOf(async () => await world.Client.ExecAsync(exec, Within()));
        Assert.Equal(FaultCode.FailedPrecondition, fault.Code);
        Assert.Contains("is STOPPED", fault.Message, StringComparison.Ordinal);
        await world.Node.StopAsync();
        await world.SeeHostAsync(reachable: false);
        Assert.Equal(FaultCode.Unavailable, (await FaultOf(async () => await world.Client.ExecAsync(exec, Within()))).Code);
    }

    [Fact]
    public async Task Calls_that_come_while_the_hosts_daemon_restarts_wait_for_it()
    {
        await using var world = await StartAsync();
        await world.LaunchAsync("web1");
        await world.Node.StopAsync();
        await world.SeeHostAsync(reachable: false);
        var exec = world.Client.ExecAsync(new Protos.Controller.V1.ExecRequest { Name = "web1", Command = { "uname" } }, Within()).ResponseAsync;
        var console = world.Client.ConsoleAsync(new Protos.Controller.V1.ConsoleRequest { Name = "web1" }, Within()).ResponseAsync;
        var teardown = FaultOf(async () => await world.Networks.TeardownNetworkAsync(new Protos.Network.V1.TeardownNetworkRequest { Name = "user" }, Within()));
        await world.Node.StartAsync();
        Assert.Equal(3, (await exec).ExitCode);
        Assert.Equal("booting\nlogin:", (await console).Text);
        Assert.Contains("is no bridge of ours", (await teardown).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_that_never_left_is_made_again_when_the_host_is_back()
    {
        await using var world = await StartAsync();
        var session = world.Service<NodeSessions>().Find("local")!;
        var made = 0;

        // Whoever calls at once may be there before anybody has noticed that the host is gone.
        var answer = session.CallAsync(
            client => made++ == 0
                ? throw new RpcException(new Status(StatusCode.Unavailable, "", new HttpRequestException(HttpRequestError.ConnectionError)))
                : client.GetHostAsync(new GetHostRequest(), Within()),
            CancellationToken.None);
        await world.Node.StopAsync();
        await world.Node.StartAsync();
        Assert.Equal("local", (await answer.WaitAsync(Limits.Test)).Host.Name);
        Assert.Equal(2, made);

        // Nobody knows what became of any other.
        await Assert.ThrowsAsync<RpcException>(() => session.CallAsync<GetHostResponse>(
            _ => throw new RpcException(new Status(StatusCode.Unavailable, "", new HttpRequestException(HttpRequestError.ResponseEnded))), CancellationToken.None));
    }

    [Fact]
    public async Task A_host_that_was_away_for_long_is_tried_once_by_each_call_and_found_when_it_is_back()
    {
        // No delay of the controller's ends by itself.
        var clock = new StoppedClock();
        await using var world = await StartAsync(clock);
        await world.LaunchAsync("web1");
        await world.Node.StopAsync();
        await world.SeeHostAsync(reachable: false);
        clock.Pass(TimeSpan.FromMinutes(1));
        var exec = new Protos.Controller.V1.ExecRequest { Name = "web1", Command = { "uname" } };
        var fault = await FaultOf(async () => await world.Client.ExecAsync(exec, Within()));
        Assert.Equal(FaultCode.Unavailable, fault.Code);
        Assert.Contains("instance \"web1\": host \"local\" can't be reached", fault.Message, StringComparison.Ordinal);
        await world.Node.StartAsync();
        Assert.Equal(3, (await world.Client.ExecAsync(exec, Within())).ExitCode);
    }
}

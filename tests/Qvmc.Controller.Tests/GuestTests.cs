using Google.Protobuf.WellKnownTypes;
using Qvmc.Core.Faults;
using Qvmc.Protos.Controller.V1;
using static Qvmc.Controller.Tests.ControllerHarness;

namespace Qvmc.Controller.Tests;

public class GuestTests
{
    [Fact]
    public async Task Exec_and_console_go_to_the_host()
    {
        await using var world = await StartAsync();
        await world.LaunchAsync("web1");
        var ended = await world.Client.ExecAsync(new ExecRequest { Name = "web1", Command = { "uname", "-a" }, Timeout = new Duration { Seconds = 7 } }, Within());
        Assert.Equal((3, "uname -a 7"), (ended.ExitCode, ended.Stdout.ToStringUtf8()));
        var console = await world.Client.ConsoleAsync(new ConsoleRequest { Name = "web1" }, Within());
        Assert.Equal("booting\nlogin:", console.Text);
        var fault = await FaultOf(async () => await world.Client.ExecAsync(new ExecRequest { Name = "web1", Command = { "sleep" } }, Within()));
        Assert.Equal((FaultCode.Timeout, "the command did not end"), (fault.Code, fault.Message));
    }

    [Fact]
    public async Task Exec_needs_a_guest_that_runs_and_a_host_that_answers()
    {
        await using var world = await StartAsync();
        await world.LaunchAsync("web1");
        await world.Client.StopAsync(new StopRequest { Name = "web1", Wait = WaitCondition.Stopped }, Within());
        var exec = new ExecRequest { Name = "web1", Command = { "true" } };
        var fault = await FaultOf(async () => await world.Client.ExecAsync(exec, Within()));
        Assert.Equal(FaultCode.FailedPrecondition, fault.Code);
        Assert.Contains("is STOPPED", fault.Message, StringComparison.Ordinal);
        await world.Node.StopAsync();
        await world.SeeHostAsync(reachable: false);
        Assert.Equal(FaultCode.Unavailable, (await FaultOf(async () => await world.Client.ExecAsync(exec, Within()))).Code);
    }
}

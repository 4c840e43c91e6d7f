using Grpc.Core;
using Qvmc.Cli.Tests.Fakes;
using Qvmc.Core.Faults;
using Qvmc.Hosting.Faults;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Tests.Verbs;

public sealed class PowerVerbTests : IAsyncLifetime
{
    private FakeController _controller = null!;

    public async Task InitializeAsync() => _controller = await FakeController.StartAsync();

    public async Task DisposeAsync() => await _controller.DisposeAsync();

    [Fact]
    public async Task Start_waits_until_ready_and_says_what_the_server_says()
    {
        StartRequest? request = null;
        _controller.Instances.OnStart = r =>
        {
            request = r;
            return new StartResponse { Instance = Samples.Ready(r.Name), Changed = false, Message = $"instance \"{r.Name}\" is already running" };
        };
        using var run = await CliRun.EndAsync(_controller, "start", "web1", "--timeout", "90s");
        Assert.Equal((ExitCode.Success, "instance \"web1\" is already running\n", ""), (await run.Exit, run.Output, run.Error));
        Assert.Equal(WaitCondition.Ready, request!.Wait);
        Assert.Equal(90, request.Timeout.Seconds);
    }

    [Fact]
    public async Task Start_without_wait_waits_for_nothing()
    {
        WaitCondition? wait = null;
        _controller.Instances.OnStart = r =>
        {
            wait = r.Wait;
            return new StartResponse { Instance = Samples.Queued(r.Name), Changed = true, Message = "instance \"web1\" is being started" };
        };
        using var run = await CliRun.EndAsync(_controller, "start", "web1", "--no-wait");
        Assert.Equal("instance \"web1\" is being started\n", run.Output);
        Assert.Equal(WaitCondition.Unspecified, wait);
    }

    [Fact]
    public async Task Pause_and_resume_wait_for_what_they_ask_for()
    {
        var waits = new List<WaitCondition>();
        _controller.Instances.OnPause = r =>
        {
            waits.Add(r.Wait);
            return new PauseResponse { Instance = Samples.At(r.Name, State.Paused), Changed = true, Message = "instance \"web1\" is being paused" };
        };
        _controller.Instances.OnResume = r =>
        {
            waits.Add(r.Wait);
            return new ResumeResponse { Instance = Samples.Ready(r.Name), Changed = r.Wait != WaitCondition.Unspecified, Message = "instance \"web1\" is running already" };
        };
        using var pause = await CliRun.EndAsync(_controller, "pause", "web1");
        using var resume = await CliRun.EndAsync(_controller, "resume", "web1");
        using var again = await CliRun.EndAsync(_controller, "resume", "web1", "--no-wait");
        Assert.Equal("web1 is paused\nweb1 is running\ninstance \"web1\" is running already\n", pause.Output + resume.Output + again.Output);
        Assert.Equal([WaitCondition.Paused, WaitCondition.Running, WaitCondition.Unspecified], waits);
    }

    [Fact]
    public async Task Of_several_names_each_failure_is_told_and_the_gravest_is_the_exit_code()
    {
        _controller.Instances.OnStart = request => request.Name switch
        {
            "gone" => throw FaultStatus.ToRpc(new FaultException(FaultCode.NotFound, "there is no instance \"gone\"")),
            "busy" => throw FaultStatus.ToRpc(new FaultException(FaultCode.FailedPrecondition, "it is being deleted")),
            _ => new StartResponse { Instance = Samples.Ready(request.Name), Changed = true, Message = $"instance \"{request.Name}\" is being started" },
        };
        using var run = await CliRun.EndAsync(_controller, "start", "gone", "web1", "busy", "web1");
        Assert.Equal(ExitCode.Conflict, await run.Exit);
        Assert.Equal("web1 is ready\n", run.Output);
        Assert.Equal("qvmc: there is no instance \"gone\"\nqvmc: busy: it is being deleted\n", run.Error);
    }

    [Fact]
    public async Task Field_faults_have_a_line_each()
    {
        _controller.Instances.OnStart = _ => throw FaultStatus.ToRpc(FaultException.Invalid([new("name", "is no label"), new("timeout", "7200 s is over 3600 s")]));
        using var run = await CliRun.EndAsync(_controller, "start", "Web1", "--timeout", "2h");
        Assert.Equal(ExitCode.Usage, await run.Exit);
        Assert.Equal("qvmc: Web1: 2 fields are at fault:\n  name: is no label\n  timeout: 7200 s is over 3600 s\n", run.Error);
    }

    [Fact]
    public async Task Stop_sends_its_policy_and_shows_the_stages()
    {
        StopRequest? request = null;
        _controller.Instances.Set(Samples.Ready("web1"));
        using var run = CliRun.Begin(_controller.Address, [], "stop", "web1", "--grace", "30s");
        _controller.Instances.OnStop = async (r, _) =>
        {
            request = r;
            await _controller.Instances.NextWatchAsync();
            _controller.Instances.Set(Samples.At("web1", State.Stopping, Stage.Powerdown));
            await run.HearErrorAsync("web1: pressing the power button\n");
            return new StopResponse { Instance = Samples.At("web1", State.Stopped), Changed = true, Message = "instance \"web1\" is being stopped" };
        };
        Assert.Equal(ExitCode.Success, await run.EndAsync());
        Assert.Equal("web1 is stopped\n", run.Output);
        Assert.Equal((30, WaitCondition.Stopped), (request!.Policy.Grace.Seconds, request.Wait));
    }

    [Fact]
    public async Task A_wait_that_runs_out_shows_the_console_and_how_to_go_on()
    {
        _controller.Instances.ConsoleText = "last words";
        _controller.Instances.OnStop = (_, _) => throw FaultStatus.ToRpc(new FaultException(FaultCode.Timeout, "instance \"web1\" had not stopped after 1 s; stage POWERDOWN"));
        using var run = await CliRun.EndAsync(_controller, "stop", "web1", "--timeout", "1s");
        Assert.Equal(ExitCode.Timeout, await run.Exit);
        Assert.Equal(
            """
            qvmc: instance "web1" had not stopped after 1 s; stage POWERDOWN
            The end of web1's console:
              | last words
            The stop goes on. "qvmc info web1 --console" looks further, "qvmc wait web1" waits on.

            """,
            run.Error);
    }

    [Fact]
    public async Task A_console_that_the_server_sends_along_is_shown_once()
    {
        _controller.Instances.ConsoleText = "asked for in vain";
        _controller.Instances.OnStop = (_, _) => throw FaultStatus.ToRpc(new FaultException(FaultCode.Timeout, "instance \"web1\" is not STOPPED; the end of its console:\n\nlast words\r\n"));
        using var run = await CliRun.EndAsync(_controller, "stop", "web1", "--timeout", "1s");
        Assert.StartsWith("qvmc: instance \"web1\" is not STOPPED; the end of its console:\n  | last words\nThe stop goes on.", run.Error);
    }

    [Fact]
    public async Task Ctrl_C_ends_only_the_wait()
    {
        var called = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _controller.Instances.OnStop = async (_, context) =>
        {
            called.SetResult();
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
            throw new RpcException(Status.DefaultCancelled);
        };
        using var run = CliRun.Begin(_controller.Address, [], "stop", "web1");
        await called.Task.WaitAsync(TimeSpan.FromSeconds(60));
        run.Terminal.Interrupt();
        Assert.Equal(ExitCode.Interrupted, await run.EndAsync());
        Assert.StartsWith("qvmc: interrupted; what was asked for goes on (the stop of web1)\n", run.Error);
    }

    [Fact]
    public async Task All_means_every_instance_of_every_page()
    {
        foreach (var name in new[] { "a", "b", "c" })
        {
            _controller.Instances.Set(Samples.Ready(name));
        }

        _controller.Instances.OnStart = request => new StartResponse { Instance = Samples.Ready(request.Name), Message = "runs already" };
        using var run = await CliRun.EndAsync(_controller, "start", "--all");
        Assert.Equal("a: runs already\nb: runs already\nc: runs already\n", run.Output);
    }
}

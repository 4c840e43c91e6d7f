using Grpc.Core;
using Qvmc.Cli.Tests.Fakes;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Tests.Verbs;

public sealed class LaunchVerbTests : IAsyncLifetime
{
    private FakeController _controller = null!;

    public async Task InitializeAsync() => _controller = await FakeController.StartAsync();

    public async Task DisposeAsync() => await _controller.DisposeAsync();

    [Fact]
    public async Task Shows_a_line_for_each_stage_and_ends_when_ready()
    {
        using var run = Launch("web1");
        await _controller.Instances.NextWatchAsync();
        _controller.Instances.Set(Samples.At("web1", State.Starting, Stage.Disk));
        _controller.Instances.Set(Samples.At("web1", State.Running, Stage.Booting));
        _controller.Instances.Set(Samples.At("web1", State.Running, Stage.Booting));
        _controller.Instances.Set(Samples.Ready("web1"));
        Assert.Equal(ExitCode.Success, await run.EndAsync());
        Assert.Equal(
            """
            web1: waiting for its host
            web1: making the disk
            web1: booting; waiting for the guest agent
            web1: ready
            qvmc: warning: no hardware acceleration: there is no /dev/kvm

            """,
            run.Error);
        Assert.Matches(
            """
            ^web1 is ready \([0-9.]+m?s\)
              address  10\.0\.2\.15 \(eth0\)
              forward  127\.0\.0\.1:8080->80/tcp
            $
            """,
            run.Output);
    }

    [Fact]
    public async Task Sends_all_that_was_asked_for()
    {
        using var run = await CliRun.EndAsync(
            _controller, "launch", "web1", "--image", "tiny", "--cpus", "2", "--memory", "1.5GiB", "--disk", "10G", "--ssh-key", "ssh-ed25519 AAAA me",
            "--forward", "8080:80", "--forward", "192.0.2.1:53:53/udp", "--network", "lan", "--label", "a=b", "--label", "c=d=e", "--paused", "--no-wait", "--request-id", "once");
        Assert.Equal((ExitCode.Success, ""), (await run.Exit, run.Error));
        var expected = new LaunchRequest
        {
            Name = "web1",
            RequestId = "once",
            Labels = { ["a"] = "b", ["c"] = "d=e" },
            Spec = new InstanceSpec
            {
                Image = "tiny",
                Cpus = 2,
                MemoryMib = 1536,
                DiskMib = 10240,
                Power = PowerState.Paused,
                CloudInit = new CloudInit { SshKeys = { "ssh-ed25519 AAAA me" } },
                Nics = { new Nic { Network = "lan" } },
                Forwards =
                {
                    new PortForward { Protocol = Protocol.Tcp, HostPort = 8080, GuestPort = 80 },
                    new PortForward { Protocol = Protocol.Udp, HostAddress = "192.0.2.1", HostPort = 53, GuestPort = 53 },
                },
            },
        };
        Assert.Equal(expected, Assert.Single(_controller.Instances.Launches));
    }

    [Fact]
    public async Task Reads_user_data_from_standard_input()
    {
        using var run = CliRun.Begin(_controller.Address, "#cloud-config\n"u8.ToArray(), "launch", "--image", "tiny", "--user-data", "-", "--no-start");
        Assert.Equal(ExitCode.Success, await run.EndAsync());
        var request = Assert.Single(_controller.Instances.Launches);
        Assert.Equal("#cloud-config\n", request.Spec.CloudInit.UserData);
        Assert.Matches("^[a-z]+-[a-z]+$", request.Name);
        Assert.NotEmpty(request.RequestId);
    }

    [Fact]
    public async Task A_timeout_says_the_stage_shows_the_console_and_deletes_nothing()
    {
        _controller.Instances.ConsoleText = "Booting\nKernel panic\n";
        _controller.Instances.OnDelete = _ => throw new InvalidOperationException("nobody asked for a deletion");
        _controller.Instances.OnLaunch = request => Samples.At(request.Name, State.Running, Stage.Booting);
        using var run = Launch("web1", "--timeout", "200ms");
        Assert.Equal(ExitCode.Timeout, await run.EndAsync());
        Assert.Equal(
            """
            web1: booting; waiting for the guest agent
            qvmc: web1 was not ready within 0.2s; it got as far as: booting; waiting for the guest agent
            The end of its console:
              | Booting
              | Kernel panic
            It goes on. "qvmc info web1 --console" looks further, "qvmc wait web1" waits on.

            """,
            run.Error);
        Assert.Equal("", run.Output);
    }

    [Fact]
    public async Task A_failure_says_why()
    {
        using var run = Launch("web1");
        await _controller.Instances.NextWatchAsync();
        var failed = Samples.At("web1", State.Failed);
        failed.Status.LastError = new LastError { Reason = "DiskFull", Message = "no space left for the disk", ConsoleTail = "last words\n", QemuLogTail = "qemu: no\n" };
        _controller.Instances.Set(failed);
        Assert.Equal(ExitCode.Failure, await run.EndAsync());
        Assert.Contains("qvmc: web1 failed: no space left for the disk\nThe end of its console:\n  | last words\nThe end of QEMU's own messages:\n  | qemu: no\n", run.Error);
    }

    [Fact]
    public async Task Ctrl_C_ends_the_wait_and_says_that_the_machine_goes_on()
    {
        _controller.Instances.OnDelete = _ => throw new InvalidOperationException("nobody asked for a deletion");
        using var run = Launch("web1");
        await _controller.Instances.NextWatchAsync();
        run.Terminal.Interrupt();
        Assert.Equal(ExitCode.Interrupted, await run.EndAsync());
        Assert.Contains("qvmc: interrupted; web1 goes on (waiting for its host)\n\"qvmc info web1\" shows it", run.Error);
    }

    [Fact]
    public async Task A_stop_before_it_was_ready_is_the_end_but_not_the_stop_before_the_start()
    {
        using var run = Launch("web1");
        await _controller.Instances.NextWatchAsync();
        _controller.Instances.Set(Samples.At("web1", State.Stopped, Stage.Queued));
        _controller.Instances.Set(Samples.At("web1", State.Running, Stage.Booting));
        var stopped = Samples.At("web1", State.Stopped);
        stopped.Status.Reason = "GuestShutdown";
        _controller.Instances.Set(stopped);
        Assert.Equal(ExitCode.Failure, await run.EndAsync());
        Assert.Contains("web1: booting; waiting for the guest agent\n", run.Error);
        Assert.Contains("qvmc: web1 stopped before it was ready (GuestShutdown)\n", run.Error);
    }

    [Fact]
    public async Task Resumes_the_wait_after_a_restart_of_the_controller()
    {
        using var run = Launch("web1");
        await _controller.Instances.NextWatchAsync();
        _controller.Instances.Set(Samples.At("web1", State.Starting, Stage.Disk));
        await run.HearErrorAsync("making the disk");
        await _controller.StopAsync();
        await _controller.ServeAsync();
        var again = await _controller.Instances.NextWatchAsync();
        Assert.Equal("r1", again.ResumeToken);
        _controller.Instances.Set(Samples.Ready("web1"));
        Assert.Equal(ExitCode.Success, await run.EndAsync());
        Assert.Contains("web1: the connection to the controller broke; trying again\n", run.Error);
    }

    [Fact]
    public async Task Sends_the_same_request_again_when_the_connection_breaks()
    {
        var first = true;
        _controller.Instances.OnLaunch = request =>
        {
            if (first)
            {
                first = false;
                throw new RpcException(new Status(StatusCode.Unavailable, "going down"));
            }

            return Samples.Queued(request.Name);
        };
        using var run = await CliRun.EndAsync(_controller, "launch", "web1", "--image", "tiny", "--no-wait");
        Assert.Equal(ExitCode.Success, await run.Exit);
        Assert.Equal(2, _controller.Instances.Launches.Count);
        Assert.Single(_controller.Instances.Launches.Distinct());
    }

    [Fact]
    public async Task A_made_up_name_that_is_taken_is_replaced_and_a_given_one_is_not()
    {
        var attempts = 0;
        _controller.Instances.OnLaunch = request => attempts++ == 0
            ? throw new RpcException(new Status(StatusCode.AlreadyExists, $"instance \"{request.Name}\" exists"))
            : Samples.Queued(request.Name);
        using var free = await CliRun.EndAsync(_controller, "launch", "--image", "tiny", "--no-wait");
        Assert.Equal(ExitCode.Success, await free.Exit);
        attempts = 0;
        using var given = await CliRun.EndAsync(_controller, "launch", "web1", "--image", "tiny", "--no-wait");
        Assert.Equal((ExitCode.Conflict, "qvmc: instance \"web1\" exists\n"), (await given.Exit, given.Error));
    }

    private CliRun Launch(string name, params string[] more) => CliRun.Begin(_controller.Address, [], ["launch", name, "--image", "tiny", .. more]);
}

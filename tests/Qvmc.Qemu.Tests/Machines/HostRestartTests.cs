using Google.Protobuf.WellKnownTypes;
using Qvmc.Os.Processes;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Qemu.Machines;

namespace Qvmc.Qemu.Tests.Machines;

/// <summary>What becomes of machines when their host was restarted: imitated by their processes' end and another boot id on record.</summary>
public sealed class HostRestartTests : IAsyncLifetime
{
    private readonly HostFixture _fixture = new();

    public Task InitializeAsync() => _fixture.InitializeAsync();

    public Task DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task ThoseWithAutostartComeBackInOrderAndTheOthersAreStopped()
    {
        var (second, first, stays, halted, unwanted) = (Order(2), Order(1, 300), Order(null), Order(0), Order(0));
        MachineOrder[] all = [second, first, stays, halted, unwanted];
        await Task.WhenAll(all.Select(UpAsync));
        await RestartHostAsync(all, r =>
        {
            if (r.Order.Uid == halted.Uid)
            {
                r.Run.EndingReason = "GuestShutdown";
            }
            else if (r.Order.Uid == unwanted.Uid)
            {
                r.Order.Spec.Power = PowerState.Stopped;
            }
        });
        var (one, two) = (await _fixture.WaitAsync(first.Uid, State.Paused), await _fixture.WaitAsync(second.Uid, State.Paused));
        Assert.Equal((1u, 1u), (one.Boot, two.Boot));
        Assert.True(two.StartTime.ToDateTimeOffset() - one.StartTime.ToDateTimeOffset() >= TimeSpan.FromMilliseconds(300), $"{one.StartTime} {two.StartTime}");
        Assert.Equal((State.Stopped, "HostRestarted"), StateOf(stays));
        Assert.Equal((State.Stopped, "GuestShutdown"), StateOf(halted));
        Assert.Equal((State.Stopped, "HostRestarted"), StateOf(unwanted));

        // Once is enough: a daemon's restart is none of the host's.
        await _fixture.RestartAsync();
        Assert.Equal((one.Pid, two.Pid), (_fixture.Host.Feed.Find(first.Uid)!.Status.Pid, _fixture.Host.Feed.Find(second.Uid)!.Status.Pid));
        Assert.Equal((State.Stopped, "HostRestarted"), StateOf(stays));
    }

    [Fact]
    public async Task ADaemonThatEndsMeanwhileLeavesTheRestToTheNext()
    {
        var (first, second, third) = (Order(1, 3_600_000), Order(2), Order(2));
        MachineOrder[] all = [first, second, third];
        await Task.WhenAll(all.Select(UpAsync));
        await RestartHostAsync(all);
        var one = await _fixture.WaitAsync(first.Uid, State.Paused);
        Assert.Equal((State.Stopped, "HostRestarted"), StateOf(second));

        // Whoever is asked for comes at once, and out of turn.
        third.Generation++;
        third.Boot++;
        await _fixture.Table.EnsureAsync(third.Clone());
        await _fixture.WaitAsync(third.Uid, State.Paused);
        Assert.Equal((State.Stopped, "HostRestarted"), StateOf(second));
        await _fixture.RestartAsync();
        Assert.Equal(1u, (await _fixture.WaitAsync(second.Uid, State.Paused)).Boot);
        Assert.Equal(one.Pid, _fixture.Host.Feed.Find(first.Uid)!.Status.Pid);
    }

    [Fact]
    public async Task OneThatIsStoppedBeforeItsTurnDoesNotCome()
    {
        var (first, second) = (Order(1, 3_600_000), Order(2));
        await Task.WhenAll(UpAsync(first), UpAsync(second));
        await RestartHostAsync([first, second]);
        await _fixture.WaitAsync(first.Uid, State.Paused);
        second.Generation++;
        second.Spec.Power = PowerState.Stopped;
        await _fixture.Table.EnsureAsync(second.Clone());
        await _fixture.RestartAsync();
        Assert.Equal(State.Stopped, StateOf(second).State);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task APidThatIsAnothersNowIsLeftAlone(bool begun)
    {
        var order = Order(null);
        await UpAsync(order);
        await _fixture.Table.EndAsync();
        using var stranger = DetachedProcess.Start(new DetachedStart { Program = "/bin/sleep", Arguments = ["infinity"], WorkingDirectory = "/", OutputPath = "/dev/null" });
        Change(order, r =>
        {
            End(r.Run);
            (r.Run.Pid, r.Run.Begun) = (stranger.Identity.Pid, begun);
        });
        await _fixture.BeginAsync();
        if (begun)
        {
            Assert.Equal("QemuDied", (await _fixture.WaitAsync(order.Uid, State.Failed)).LastError.Reason);
        }
        else
        {
            Assert.NotEqual(stranger.Identity.Pid, (await _fixture.WaitAsync(order.Uid, State.Paused)).Pid);
        }

        await _fixture.Table.RemoveAsync(order.Uid, force: true);
        Assert.True(stranger.Identity.IsAlive());
        stranger.Kill();
    }

    private MachineOrder Order(uint? autostart, int delayMs = 0)
    {
        var order = _fixture.Order();
        order.Spec.Autostart = autostart is { } number ? new Autostart { Order = number, Delay = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(delayMs)) } : null;
        return order;
    }

    private async Task UpAsync(MachineOrder order)
    {
        await _fixture.Table.EnsureAsync(order.Clone());
        await _fixture.WaitAsync(order.Uid, State.Paused);
    }

    private async Task RestartHostAsync(IEnumerable<MachineOrder> orders, Action<MachineRecord>? change = null)
    {
        await _fixture.Table.EndAsync();
        foreach (var order in orders)
        {
            Change(order, r =>
            {
                End(r.Run);
                r.Run.HostBootId = "of another boot";
                change?.Invoke(r);
            });
        }

        await _fixture.BeginAsync();
    }

    private static void End(MachineRun run)
    {
        using var process = ProcessHandle.Open(new ProcessIdentity(run.Pid, run.PidStartTicks))!;
        process.Kill();
        process.Exited.Wait(TimeSpan.FromSeconds(40));
    }

    private void Change(MachineOrder order, Action<MachineRecord> change)
    {
        var file = new MachineRecordFile(_fixture.Host.PathsOf(order.Uid).Record);
        var record = file.Load()!;
        change(record);
        file.Save(record);
    }

    private (State State, string Reason) StateOf(MachineOrder order) =>
        _fixture.Host.Feed.Find(order.Uid)!.Status is var status ? (status.State, status.Reason) : default;
}

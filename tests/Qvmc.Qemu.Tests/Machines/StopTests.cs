using Google.Protobuf.WellKnownTypes;
using Qvmc.Core.Faults;
using Qvmc.Os.Processes;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Qemu.Machines;
using Qvmc.Testing;

namespace Qvmc.Qemu.Tests.Machines;

/// <summary>A stop ends, whatever it meets.</summary>
public sealed class StopTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    private static readonly StopPolicy Never = new() { Grace = Duration.FromTimeSpan(TimeSpan.FromHours(1)) };
    private static readonly StopPolicy Short = new() { Grace = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(200)) };

    [Fact]
    public async Task AGuestAndAMonitorThatIgnoreEverythingAreKilled()
    {
        await using var machine = FakeMachine.Create(fixture, new FakeQemuScript { Status = "running", GuestHeedsPowerdown = false });
        machine.Qemu.On("quit", ScriptedReply.Silence);
        await fixture.RestartAsync();
        await fixture.WaitAsync(machine.Uid, State.Running);
        var killed = fixture.WaitAsync(machine.Uid, s => s.Stage == Stage.Kill);
        await NextAsync(machine.Order, o => (o.Spec.Power, o.Stop) = (PowerState.Stopped, Short));
        await killed;
        Assert.Equal("StoppedByUser", (await fixture.WaitAsync(machine.Uid, State.Stopped)).Reason);
        Assert.False(machine.Process.IsAlive());
    }

    [Fact]
    public async Task ASecondStopLeavesTheGuestLessTimeAndNeverMore()
    {
        await using var machine = FakeMachine.Create(fixture, new FakeQemuScript { Status = "running", GuestHeedsPowerdown = false });
        await fixture.RestartAsync();
        await fixture.WaitAsync(machine.Uid, State.Running);
        await NextAsync(machine.Order, o => (o.Spec.Power, o.Stop) = (PowerState.Stopped, Never));
        await fixture.WaitAsync(machine.Uid, s => s is { State: State.Stopping, Stage: Stage.Powerdown });
        await NextAsync(machine.Order, o => o.Stop = Short);
        await NextAsync(machine.Order, o => o.Stop = Never);
        await fixture.WaitAsync(machine.Uid, State.Stopped);
    }

    [Fact]
    public async Task AForceDoesNotWaitForAnAnswerThatIsUnderWay()
    {
        await using var machine = FakeMachine.Create(fixture, new FakeQemuScript { Status = "running" });
        machine.Qemu.On("system_powerdown", ScriptedReply.Silence);
        await fixture.RestartAsync();
        await fixture.WaitAsync(machine.Uid, State.Running);
        await NextAsync(machine.Order, o => (o.Spec.Power, o.Stop) = (PowerState.Stopped, Never));
        await machine.Qemu.ReceivedAsync("system_powerdown");
        await NextAsync(machine.Order, o => o.Stop = new StopPolicy { Force = true });
        await fixture.WaitAsync(machine.Uid, State.Stopped);
    }

    [Fact]
    public async Task AFrozenQemuIsKilledWhenTheGraceIsOver()
    {
        var order = await UpAsync(PowerState.Running);
        await using var frozen = await FrozenAsync(order);
        await NextAsync(order, o => (o.Spec.Power, o.Stop) = (PowerState.Stopped, Short));
        await fixture.WaitAsync(order.Uid, State.Stopped);
    }

    [Fact]
    public async Task AFrozenQemuCanBeRestarted()
    {
        var order = await UpAsync();
        await using var frozen = await FrozenAsync(order);
        await NextAsync(order, o => (o.Boot, o.Stop) = (2, Short));
        await fixture.WaitAsync(order.Uid, s => s is { State: State.Paused, Boot: 2 });
    }

    [Fact]
    public async Task APausedGuestRunsToShutDown()
    {
        await using var machine = FakeMachine.Create(fixture, new FakeQemuScript { Status = "paused", GuestHeedsPowerdown = false });
        machine.Order.Spec.Power = PowerState.Paused;
        var file = new MachineRecordFile(machine.Paths.Record);
        var record = file.Load()!;
        record.Order = machine.Order.Clone();
        file.Save(record);
        await fixture.RestartAsync();
        await fixture.WaitAsync(machine.Uid, State.Paused);
        machine.Qemu.On("system_powerdown", ScriptedReply.Return().Then(() => machine.Qemu.EmitAsync("SHUTDOWN", new() { ["guest"] = true, ["reason"] = "guest-shutdown" })));
        await NextAsync(machine.Order, o => (o.Spec.Power, o.Stop) = (PowerState.Stopped, Never));
        await machine.Qemu.ReceivedAsync("cont");
        await machine.Qemu.ReceivedAsync("system_powerdown");
        await fixture.WaitAsync(machine.Uid, State.Stopped);
    }

    [Fact]
    public async Task AStartDuringAStopComesAfterIt()
    {
        var order = await UpAsync(PowerState.Running);
        var pid = fixture.Host.Feed.Find(order.Uid)!.Status.Pid;
        await NextAsync(order, o => (o.Spec.Power, o.Stop) = (PowerState.Stopped, Never));
        await fixture.WaitAsync(order.Uid, State.Stopping);
        await NextAsync(order, o => (o.Spec.Power, o.Boot) = (PowerState.Paused, 2));
        await NextAsync(order, o => o.Stop = new StopPolicy { Force = true });
        var again = await fixture.WaitAsync(order.Uid, s => s is { State: State.Paused, Boot: 2 });
        Assert.NotEqual(pid, again.Pid);
    }

    [Fact]
    public async Task ARemovalDuringAStartOrAStopIsObeyed()
    {
        var starting = fixture.Order();
        await fixture.Table.EnsureAsync(starting);
        Assert.Equal(FaultCode.FailedPrecondition, (await Assert.ThrowsAsync<FaultException>(() => fixture.Table.RemoveAsync(starting.Uid, force: false))).Code);
        await fixture.Table.RemoveAsync(starting.Uid, force: true).WaitAsync(TimeSpan.FromSeconds(40));
        var stopping = await UpAsync(PowerState.Running);
        var pid = fixture.Host.Feed.Find(stopping.Uid)!.Status.Pid;
        await NextAsync(stopping, o => (o.Spec.Power, o.Stop) = (PowerState.Stopped, Never));
        await fixture.WaitAsync(stopping.Uid, State.Stopping);
        await fixture.Table.RemoveAsync(stopping.Uid, force: true).WaitAsync(TimeSpan.FromSeconds(40));
        Assert.Null(ProcessIdentity.Of(pid));
        Assert.All([starting, stopping], o => Assert.False(Directory.Exists(fixture.Host.PathsOf(o.Uid).Directory)));
    }

    [Fact]
    public async Task AnOrderOnTopOfAnotherIsFollowedInTheEnd()
    {
        var order = fixture.Order();
        await fixture.Table.EnsureAsync(order);
        foreach (var boot in new uint[] { 2, 3, 4 })
        {
            await NextAsync(order, o => (o.Spec.Power, o.Stop) = (PowerState.Stopped, Short));
            await NextAsync(order, o => (o.Spec.Power, o.Boot) = (PowerState.Paused, boot));
        }

        await fixture.WaitAsync(order.Uid, s => s is { State: State.Paused, Boot: 4 });
    }

    private async Task<MachineOrder> UpAsync(PowerState power = PowerState.Paused)
    {
        var order = fixture.Order(power);
        await fixture.Table.EnsureAsync(order.Clone());
        await fixture.WaitAsync(order.Uid, power == PowerState.Paused ? State.Paused : State.Running);
        return order;
    }

    private async Task<Thaw> FrozenAsync(MachineOrder order)
    {
        var process = ProcessHandle.Open(ProcessIdentity.Of(fixture.Host.Feed.Find(order.Uid)!.Status.Pid)!.Value)!;
        await Task.Yield();
        process.Signal(Thaw.SigStop);
        return new Thaw(process);
    }

    private async Task NextAsync(MachineOrder order, Action<MachineOrder> change)
    {
        order.Generation++;
        change(order);
        await fixture.Table.EnsureAsync(order.Clone());
    }

    // Whatever becomes of the test, no stopped process is left.
    private sealed class Thaw(ProcessHandle process) : IAsyncDisposable
    {
        internal const int SigStop = 19;

        public ValueTask DisposeAsync()
        {
            process.Kill();
            process.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

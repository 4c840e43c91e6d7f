using System.Net.Sockets;
using System.Text.Json.Nodes;
using Google.Protobuf.WellKnownTypes;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Testing;

namespace Qvmc.Qemu.Tests.Machines;

/// <summary>Whatever a monitor does, its machine recovers when it does, and no other hears of it.</summary>
public sealed class MisbehavingMonitorTests : IAsyncLifetime
{
    private const int HugeBytes = 100 << 20;
    private readonly HostFixture _fixture = new();

    public Task InitializeAsync() => _fixture.InitializeAsync();

    public Task DisposeAsync() => _fixture.DisposeAsync();

    // What comes in place of an answer to query-status, once.
    public static TheoryData<string> Answers => ["garbage", "half", "close", "error", "other shape", "no status"];

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task AStrangeAnswerCostsTheConnectionAndNothingElse(string kind)
    {
        await using var machine = FakeMachine.Create(_fixture);
        await using var other = FakeMachine.Create(_fixture);
        await _fixture.RestartAsync();
        await _fixture.WaitAsync(machine.Uid, State.Running);
        var strange = true;
        machine.Qemu.On("query-status", _ => Interlocked.Exchange(ref strange, false) ? Strange(kind) : Plain(machine));
        StandStill(machine);
        await machine.Qemu.EmitAsync("STOP");
        if (kind == "error")
        {
            // QEMU's own word: there is nothing to dial for, and the next event asks again.
            await machine.Qemu.ReceivedAsync("query-status");
            await machine.Qemu.EmitAsync("STOP");
        }

        await _fixture.WaitAsync(machine.Uid, State.Paused);
        await AliveAsync(other);
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task AMachineThatIsFoundWithAStrangeMonitorIsUnknownUntilItIsPlain(string kind)
    {
        await using var machine = FakeMachine.Create(_fixture);
        await using var other = FakeMachine.Create(_fixture);
        var strange = true;
        machine.Qemu.On("query-status", _ => Volatile.Read(ref strange) ? Strange(kind) : Plain(machine));
        await _fixture.RestartAsync();
        await AliveAsync(other);
        var status = await _fixture.WaitAsync(machine.Uid, s => s.State == State.Unknown);
        Assert.Equal(("MonitorSilent", machine.Process.Pid), (status.Reason, status.Pid));
        Volatile.Write(ref strange, false);
        await _fixture.WaitAsync(machine.Uid, State.Running);
    }

    [Fact]
    public async Task AnEventOfAHundredMegabytesCostsTheConnectionOnly()
    {
        await using var machine = FakeMachine.Create(_fixture);
        await _fixture.RestartAsync();
        await _fixture.WaitAsync(machine.Uid, State.Running);
        await machine.Qemu.SendLongEventAsync(HugeBytes);
        StandStill(machine);
        await machine.Qemu.EmitAsync("STOP");
        await _fixture.WaitAsync(machine.Uid, State.Paused);
    }

    [Fact]
    public async Task EventsBeforeTheGreetingDoNoHarm()
    {
        await using var machine = FakeMachine.Create(_fixture, new FakeQemuScript { Status = "running", BeforeGreeting = "{\"event\": \"STOP\", \"timestamp\": {\"seconds\": 1, \"microseconds\": 2}}\r\n" });
        await _fixture.RestartAsync();
        await _fixture.WaitAsync(machine.Uid, State.Running);
        await AliveAsync(machine);
    }

    [Fact]
    public async Task ASlowGreetingIsWaitedForAndHoldsUpNobody()
    {
        var hold = new TaskCompletionSource();
        await using var slow = FakeMachine.Create(_fixture, new FakeQemuScript { Status = "running", GreetingHold = hold.Task });
        await using var other = FakeMachine.Create(_fixture);
        await _fixture.RestartAsync();
        await AliveAsync(other);
        Assert.Equal(State.Unknown, _fixture.Host.Feed.Find(slow.Uid)!.Status.State);
        hold.SetResult();
        await _fixture.WaitAsync(slow.Uid, State.Running);
    }

    [Fact]
    public async Task AMonitorThatSomebodyElseHoldsIsOursWhenHeLetsGo()
    {
        await using var machine = FakeMachine.Create(_fixture);
        using var thief = await RestartWithThiefAsync(machine);
        Assert.Equal(State.Unknown, _fixture.Host.Feed.Find(machine.Uid)!.Status.State);
        thief.Close();
        await _fixture.WaitAsync(machine.Uid, State.Running);
    }

    [Fact]
    public async Task AMonitorThatIsHeldForEverDoesNotKeepAnybodyFromStopping()
    {
        await using var machine = FakeMachine.Create(_fixture);
        using var thief = await RestartWithThiefAsync(machine);
        await NextAsync(machine, o => (o.Spec.Power, o.Stop) = (PowerState.Stopped, Within(TimeSpan.FromSeconds(1))));
        await _fixture.WaitAsync(machine.Uid, State.Stopped);
        Assert.False(machine.Process.IsAlive());
    }

    /// <summary>A daemon that has just begun, or a QEMU whose storage hung for a while: the guest can still shut down.</summary>
    [Fact]
    public async Task AStopWaitsForAMonitorThatDoesNotAnswerYet()
    {
        await using var machine = FakeMachine.Create(_fixture);
        using var thief = await RestartWithThiefAsync(machine);
        await NextAsync(machine, o => (o.Spec.Power, o.Stop) = (PowerState.Stopped, Within(TimeSpan.FromHours(1))));
        await _fixture.WaitAsync(machine.Uid, s => s is { State: State.Stopping, Stage: Stage.Monitor });
        Assert.True(machine.Process.IsAlive());
        thief.Close();
        await machine.Qemu.ReceivedAsync("system_powerdown");
        await _fixture.WaitAsync(machine.Uid, State.Stopped);
    }

    /// <summary>Such as a QEMU whose storage is gone: it closes nothing and says nothing.</summary>
    [Fact]
    public async Task AMonitorThatHangsIsFoundOutByAsking()
    {
        var patience = new HandClock(TimeSpan.FromSeconds(30), new PromptTimers());
        await using var machine = await LookedAtAsync(patience);
        var asked = 0;
        machine.Qemu.On("query-status", _ => Interlocked.Increment(ref asked) == 1 ? ScriptedReply.Silence : ScriptedReply.Close);
        await patience.RingAsync();
        Assert.Equal("MonitorSilent", (await _fixture.WaitAsync(machine.Uid, State.Unknown)).Reason);
        machine.Qemu.On("query-status", _ => Plain(machine));
        await _fixture.WaitAsync(machine.Uid, State.Running);
    }

    [Fact]
    public async Task WhatNoEventToldIsFoundOutByAsking()
    {
        await using var machine = await LookedAtAsync(new PromptTimers());
        machine.Qemu.Status = "guest-panicked";
        Assert.Equal("GuestPanicked", (await _fixture.WaitAsync(machine.Uid, State.Paused)).Reason);
    }

    [Fact]
    public async Task AProcessThatGoesInTheMiddleOfACommandIsTold()
    {
        await using var machine = FakeMachine.Create(_fixture);
        machine.Qemu.On("stop", (_, _) =>
        {
            machine.Kill();
            return Task.FromResult(ScriptedReply.Silence);
        });
        await _fixture.RestartAsync();
        await _fixture.WaitAsync(machine.Uid, State.Running);
        await NextAsync(machine, o => o.Spec.Power = PowerState.Paused);
        Assert.Equal("QemuKilled", (await _fixture.WaitAsync(machine.Uid, State.Failed)).LastError.Reason);
    }

    [Fact]
    public async Task StartsThatGetNoAnswerLeaveTheirPlacesToOthers()
    {
        // Longer than any test: nothing of ten seconds ends but by hand.
        var clock = new HandClock(TimeSpan.FromSeconds(10));
        _fixture.Time = clock;
        var real = (await _fixture.Host.Probe.GetAsync(CancellationToken.None)).Path;
        var deaf = Executable.Write(Path.Combine(_fixture.Root, "qemu-deaf"), $"#!/bin/sh\ncase \"$*\" in *guest=deaf*) exec sleep infinity;; esac\nexec {real} \"$@\"\n");
        await _fixture.Table.EndAsync();
        await _fixture.BeginAsync(new Protos.Settings.V1.QemuSettings { QemuBinary = deaf });
        var orders = Enumerable.Range(0, 4).Select(i =>
        {
            var order = _fixture.Order();
            order.Name = $"deaf{i}";
            return order;
        }).ToList();
        await Task.WhenAll(orders.Select(o => _fixture.Table.EnsureAsync(o)));
        await Task.WhenAll(orders.Select(o => _fixture.WaitAsync(o.Uid, s => s.Stage == Stage.Monitor)));
        var heard = _fixture.Order();
        await _fixture.Table.EnsureAsync(heard);
        await _fixture.WaitAsync(heard.Uid, State.Paused);
        Assert.All(orders, o => Assert.Equal(State.Starting, _fixture.Host.Feed.Find(o.Uid)!.Status.State));

        // One of them is given up, and its process with it; another is stopped while it starts.
        orders[0].Generation++;
        orders[0].Spec.Power = PowerState.Stopped;
        await _fixture.Table.EnsureAsync(orders[0].Clone());
        Assert.Equal("StoppedByUser", (await _fixture.WaitAsync(orders[0].Uid, State.Stopped)).Reason);
    }

    private static ScriptedReply Strange(string kind) => kind switch
    {
        "garbage" => ScriptedReply.Raw("}\0garbage\r\n"),
        "half" => ScriptedReply.Return(new JsonObject { ["status"] = "running" }).Half().ThenClose(),
        "close" => ScriptedReply.Close,
        "error" => ScriptedReply.Error("it can't say"),
        "other shape" => ScriptedReply.Return(new JsonObject { ["status"] = 5 }),
        _ => ScriptedReply.Return(new JsonArray()),
    };

    // Somebody else holds the monitor, which takes one at a time, when the daemon begins.
    private async Task<Socket> RestartWithThiefAsync(FakeMachine machine)
    {
        var thief = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await thief.ConnectAsync(new UnixDomainSocketEndPoint(machine.Paths.MonitorSocket));
        await machine.Qemu.ConnectedAsync();
        await _fixture.RestartAsync();
        return thief;
    }

    private static ScriptedReply Plain(FakeMachine machine) => ScriptedReply.Return(new JsonObject { ["status"] = machine.Qemu.Status });

    // It is let go on at once, which it does not heed here: it could be over before anybody sees it.
    private static void StandStill(FakeMachine machine)
    {
        machine.Qemu.On("cont", ScriptedReply.Return());
        machine.Qemu.Status = "paused";
    }

    private static StopPolicy Within(TimeSpan grace) => new() { Grace = Duration.FromTimeSpan(grace) };

    // Its turn comes within a moment.
    private async Task<FakeMachine> LookedAtAsync(TimeProvider time)
    {
        _fixture.Time = time;
        var machine = FakeMachine.Create(_fixture);
        await _fixture.RestartAsync();
        await _fixture.WaitAsync(machine.Uid, State.Running);
        return machine;
    }

    // It takes orders and follows them.
    private async Task AliveAsync(FakeMachine machine)
    {
        await _fixture.WaitAsync(machine.Uid, State.Running);
        await NextAsync(machine, o => o.Spec.Power = PowerState.Paused);
        await _fixture.WaitAsync(machine.Uid, State.Paused);
        await NextAsync(machine, o => o.Spec.Power = PowerState.Running);
        await _fixture.WaitAsync(machine.Uid, State.Running);
    }

    private async Task NextAsync(FakeMachine machine, Action<MachineOrder> change)
    {
        machine.Order.Generation++;
        change(machine.Order);
        await _fixture.Table.EnsureAsync(machine.Order.Clone());
    }
}

using System.Text.Json.Nodes;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Qemu.Machines;
using Qvmc.Testing;

namespace Qvmc.Qemu.Tests.Machines;

/// <summary>What becomes of machines whose disks are in trouble on the host, by a scripted monitor.</summary>
public sealed class DiskTroubleTests : IAsyncLifetime
{
    private readonly HostFixture _fixture = new() { Time = new PromptTimers() };
    private long _free;

    public async Task InitializeAsync()
    {
        _fixture.RoomOf = _ => new DiskRoom(Volatile.Read(ref _free), 1L << 40);
        await _fixture.InitializeAsync();
    }

    public Task DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task WithoutRoomItStandsStillAndGoesOnByItselfWhenThereIsRoom()
    {
        await using var machine = await AdoptedAsync();
        await machine.FillAsync();
        var paused = await FullAsync(machine);
        var condition = Assert.Single(paused.Conditions, c => c.Type == ConditionType.DiskFull);
        Assert.True(condition.Met);
        Assert.Contains(machine.Paths.Directory, condition.Message, StringComparison.Ordinal);
        Assert.Contains($"qvmc resume {machine.Order.Name}", condition.Message, StringComparison.Ordinal);

        // A little room is soon used up again.
        Volatile.Write(ref _free, 1 << 20);
        await LookedAsync(machine);
        Assert.Equal(State.Paused, _fixture.Host.Feed.Find(machine.Uid)!.Status.State);

        Volatile.Write(ref _free, 1L << 30);
        await machine.Qemu.ReceivedAsync("cont");
        var runs = await _fixture.WaitAsync(machine.Uid, State.Running);
        Assert.DoesNotContain(runs.Conditions, c => c.Type == ConditionType.DiskFull);
    }

    [Fact]
    public async Task AResumeTriesAtOnceAndOnceOnly()
    {
        await using var machine = await AdoptedAsync();
        await machine.FillAsync();
        await FullAsync(machine);
        machine.Qemu.On("cont", (_, _) => Task.FromResult(ScriptedReply.Return().Then(machine.FillAsync)));
        await NextAsync(machine, o => o.Resume = o.Generation);
        await machine.Qemu.ReceivedAsync("cont");
        await SavedAsync(machine, r => r.Run.Resumed == machine.Order.Generation);

        // The same order again, and any other, asks for nothing more.
        await _fixture.Table.EnsureAsync(machine.Order.Clone());
        await NextAsync(machine, o => o.Spec.MemoryMib = 64);
        await FullAsync(machine);
        Assert.DoesNotContain("cont", Commands(machine));
    }

    [Fact]
    public async Task OneThatIsToStandStillAnyhowIsLeftAlone()
    {
        await using var machine = await AdoptedAsync();
        await machine.FillAsync();
        await FullAsync(machine);
        await NextAsync(machine, o => o.Spec.Power = PowerState.Paused);
        Volatile.Write(ref _free, 1L << 30);
        await LookedAsync(machine);
        Assert.DoesNotContain("cont", Commands(machine));
        await NextAsync(machine, o => (o.Spec.Power, o.Resume) = (PowerState.Running, o.Generation));
        await _fixture.WaitAsync(machine.Uid, State.Running);
    }

    [Fact]
    public async Task ADaemonThatStartsMeanwhileKnows()
    {
        await using var machine = FakeMachine.Create(_fixture, new FakeQemuScript { Status = "io-error" });
        machine.IoStatus = "nospace";
        machine.FailedWrites = 0;
        await _fixture.RestartAsync();
        await FullAsync(machine);
        Volatile.Write(ref _free, 1L << 30);
        await _fixture.WaitAsync(machine.Uid, State.Running);
    }

    [Fact]
    public async Task StoppedWithoutRoomItIsNotAskedForWhatItCanNotDo()
    {
        await using var machine = await AdoptedAsync();
        await machine.FillAsync();
        await FullAsync(machine);
        await NextAsync(machine, o => o.Spec.Power = PowerState.Stopped);
        Assert.Equal("StoppedByUser", (await _fixture.WaitAsync(machine.Uid, State.Stopped)).Reason);
        var commands = Commands(machine);
        Assert.DoesNotContain("cont", commands);
        Assert.DoesNotContain("system_powerdown", commands);
    }

    [Fact]
    public async Task StoppedWhenThereIsRoomAgainItsGuestShutsDown()
    {
        await using var machine = await AdoptedAsync();
        await machine.FillAsync();
        await FullAsync(machine);
        await NextAsync(machine, o => o.Spec.Power = PowerState.Paused);
        Volatile.Write(ref _free, 1L << 30);
        machine.Qemu.On("system_powerdown", ScriptedReply.Return().Then(() => machine.Qemu.EmitAsync("SHUTDOWN", new JsonObject { ["guest"] = true, ["reason"] = "guest-shutdown" })));
        await NextAsync(machine, o => o.Spec.Power = PowerState.Stopped);
        await _fixture.WaitAsync(machine.Uid, State.Stopped);
        Assert.Equal(["cont", "system_powerdown", "quit"], Commands(machine).Where(c => c is "cont" or "system_powerdown" or "quit"));
    }

    [Fact]
    public async Task FailedReadsAndWritesAreTold()
    {
        await using var machine = await AdoptedAsync();
        (machine.FailedReads, machine.FailedWrites) = (1, 3);
        for (var i = 0; i < 20_000; i++)
        {
            await machine.Qemu.EmitAsync("BLOCK_IO_ERROR", new JsonObject { ["device"] = "", ["node-name"] = "data-logs", ["operation"] = "write", ["action"] = "report", ["reason"] = "Input/output error" });
        }

        var status = await _fixture.WaitAsync(machine.Uid, s => s.Conditions.Any(c => c.Type == ConditionType.DiskError));
        var condition = status.Conditions.Single(c => c.Type == ConditionType.DiskError);
        Assert.Equal((State.Running, "WriteError"), (status.State, condition.Reason));
        Assert.StartsWith("of data disk \"logs\" 3 writes and 1 read failed on the host", condition.Message, StringComparison.Ordinal);

        // So many that they can't be answered one by one; and the next daemon knows too.
        Assert.InRange(Commands(machine).Count(c => c == "query-blockstats"), 1, 1000);
        await _fixture.RestartAsync();
        await _fixture.WaitAsync(machine.Uid, s => s.State == State.Running && s.Conditions.Any(c => c.Type == ConditionType.DiskError));
    }

    [Fact]
    public async Task AMachineOfADamagedDiskIsEndedAndSaysHowToRepairIt()
    {
        await using var machine = await AdoptedAsync();
        await machine.Qemu.EmitAsync("BLOCK_IMAGE_CORRUPTED", new JsonObject { ["device"] = "", ["node-name"] = "disk0", ["msg"] = "Preventing invalid write on metadata", ["fatal"] = true });
        var failed = await _fixture.WaitAsync(machine.Uid, State.Failed);
        Assert.Equal("DiskCorrupted", failed.LastError.Reason);
        Assert.Contains("the first disk: Preventing invalid write on metadata", failed.LastError.Message, StringComparison.Ordinal);
        Assert.Contains($"qemu-img check -r all {machine.Paths.Disk}", failed.LastError.Message, StringComparison.Ordinal);
        Assert.False(machine.Process.IsAlive());
        Assert.DoesNotContain("system_powerdown", Commands(machine));

        // Nothing but an order brings it up again.
        await _fixture.RestartAsync();
        Assert.Equal("DiskCorrupted", (await _fixture.WaitAsync(machine.Uid, State.Failed)).LastError.Reason);
    }

    private async Task<FakeMachine> AdoptedAsync()
    {
        var machine = FakeMachine.Create(_fixture);
        await _fixture.RestartAsync();
        await _fixture.WaitAsync(machine.Uid, State.Running);
        return machine;
    }

    private Task<InstanceStatus> FullAsync(FakeMachine machine) => _fixture.WaitAsync(machine.Uid, s => s is { State: State.Paused, Reason: "DiskFull" });

    // The actor has seen to everything so far, a look for room among it.
    private async Task LookedAsync(FakeMachine machine)
    {
        var actor = _fixture.Table.Get(machine.Uid);
        actor.Post(new MachineMessage.RoomLookDue());
        await actor.SettleAsync();
    }

    private async Task SavedAsync(FakeMachine machine, Func<MachineRecord, bool> wanted)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(40));
        while (!wanted(new MachineRecordFile(machine.Paths.Record).Load()!))
        {
            await Task.Delay(20, limit.Token);
        }
    }

    private async Task NextAsync(FakeMachine machine, Action<MachineOrder> change)
    {
        machine.Order.Generation++;
        change(machine.Order);
        await _fixture.Table.EnsureAsync(machine.Order.Clone());
    }

    // Since it was last asked.
    private static List<string> Commands(FakeMachine machine)
    {
        var names = new List<string>();
        while (machine.Qemu.Commands.TryRead(out var command))
        {
            names.Add(command.Name);
        }

        return names;
    }
}

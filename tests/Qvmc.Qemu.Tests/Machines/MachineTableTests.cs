using System.Diagnostics;
using Qvmc.Core.Faults;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Protos.Settings.V1;
using Qvmc.Qemu.Machines;

namespace Qvmc.Qemu.Tests.Machines;

/// <summary>Machines on the real QEMU.</summary>
public sealed class MachineTableTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    [Fact]
    public async Task AnOrderIsOnDiskWhenItIsAnsweredAndLeadsToAMachine()
    {
        var order = fixture.Order();
        var answer = await fixture.Table.EnsureAsync(order);
        Assert.Equal(order, new MachineRecordFile(fixture.Host.PathsOf(order.Uid).Record).Load()!.Order);
        Assert.Equal(1u, answer.Status.ObservedGeneration);
        var status = await fixture.WaitAsync(order.Uid, State.Paused);
        Assert.StartsWith("pc-q35-", status.MachineType, StringComparison.Ordinal);
        Assert.Equal(Accelerator.Tcg, status.Accelerator);
        Assert.Contains("a test", Assert.Single(status.Warnings), StringComparison.Ordinal);
        Assert.True(status.Pid > 0);
        await fixture.Table.EnsureAsync(order);
        await fixture.Table.EnsureAsync(order);
        Assert.Equal(status.Pid, fixture.Host.Feed.Find(order.Uid)!.Status.Pid);
    }

    [Fact]
    public async Task AnOlderOrderIsRefused()
    {
        var order = fixture.Order(PowerState.Stopped);
        order.Generation = 5;
        await fixture.Table.EnsureAsync(order);
        var older = order.Clone();
        older.Generation = 4;
        Assert.Equal(FaultCode.Stale, (await Assert.ThrowsAsync<FaultException>(() => fixture.Table.EnsureAsync(older))).Code);
    }

    [Fact]
    public async Task ResumesPausesRestartsAndStops()
    {
        var order = fixture.Order();
        order.Stop = new StopPolicy { Grace = Google.Protobuf.WellKnownTypes.Duration.FromTimeSpan(TimeSpan.FromMilliseconds(100)) };
        await fixture.Table.EnsureAsync(order);
        var first = await fixture.WaitAsync(order.Uid, State.Paused);
        await NextAsync(order, o => o.Spec.Power = PowerState.Running);
        await fixture.WaitAsync(order.Uid, State.Running);
        await NextAsync(order, o => o.Spec.Power = PowerState.Paused);
        await fixture.WaitAsync(order.Uid, State.Paused);
        await NextAsync(order, o => o.Boot = 2);
        var second = await fixture.WaitAsync(order.Uid, s => s is { State: State.Paused, Boot: 2 });
        Assert.NotEqual(first.Pid, second.Pid);
        await NextAsync(order, o => o.Spec.Power = PowerState.Stopped);
        var stopped = await fixture.WaitAsync(order.Uid, State.Stopped);
        Assert.Equal(("StoppedByUser", 0), (stopped.Reason, stopped.Pid));
        Assert.False(Directory.Exists(fixture.Host.PathsOf(order.Uid).RunDirectory));
    }

    [Fact]
    public async Task AGuestThatIgnoresThePowerButtonIsDownAfterTheGrace()
    {
        // The empty disk's firmware waits for a boot device for ever.
        var order = fixture.Order(PowerState.Running);
        order.Stop = new StopPolicy { Grace = Google.Protobuf.WellKnownTypes.Duration.FromTimeSpan(TimeSpan.FromSeconds(2)) };
        await fixture.Table.EnsureAsync(order);
        await fixture.WaitAsync(order.Uid, State.Running);

        // Looked for from before on: on a busy machine it may be over when the order is answered.
        var powerdown = fixture.WaitAsync(order.Uid, s => s is { State: State.Stopping, Stage: Stage.Powerdown });
        await NextAsync(order, o => o.Spec.Power = PowerState.Stopped);
        await powerdown;
        await fixture.WaitAsync(order.Uid, State.Stopped);
    }

    [Fact]
    public async Task AForceHastensAStopThatWaitsForTheGuest()
    {
        var order = fixture.Order(PowerState.Running);
        order.Stop = new StopPolicy { Grace = Google.Protobuf.WellKnownTypes.Duration.FromTimeSpan(TimeSpan.FromHours(1)) };
        await fixture.Table.EnsureAsync(order);
        await fixture.WaitAsync(order.Uid, State.Running);
        await NextAsync(order, o => o.Spec.Power = PowerState.Stopped);
        await fixture.WaitAsync(order.Uid, State.Stopping);
        await NextAsync(order, o => o.Stop = new StopPolicy { Force = true });
        await fixture.WaitAsync(order.Uid, State.Stopped);
    }

    [Fact]
    public async Task AKilledProcessIsFailedWithItsSignalAndStartsAgainOnOrderOnly()
    {
        var order = fixture.Order();
        await fixture.Table.EnsureAsync(order);
        Kill((await fixture.WaitAsync(order.Uid, State.Paused)).Pid);
        var failed = await fixture.WaitAsync(order.Uid, State.Failed);
        Assert.Equal("QemuKilled", failed.LastError.Reason);
        Assert.Contains("SIGKILL", failed.LastError.Message, StringComparison.Ordinal);
        Assert.Equal(State.Failed, (await fixture.Table.EnsureAsync(order)).Status.State);
        await NextAsync(order, o => o.Boot = 2);
        Assert.Null((await fixture.WaitAsync(order.Uid, State.Paused)).LastError);
    }

    [Fact]
    public async Task AStopDuringAStartIsObeyed()
    {
        var order = fixture.Order();
        var starting = fixture.Table.EnsureAsync(order);
        await NextAsync(order, o => o.Spec.Power = PowerState.Stopped);
        await starting;
        var stopped = await fixture.WaitAsync(order.Uid, State.Stopped);
        Assert.Equal("StoppedByUser", stopped.Reason);
        Assert.Null(stopped.LastError);
    }

    [Fact]
    public async Task RemovalTakesEverything()
    {
        var order = fixture.Order();
        await fixture.Table.EnsureAsync(order);
        var pid = (await fixture.WaitAsync(order.Uid, State.Paused)).Pid;
        var refused = await Assert.ThrowsAsync<FaultException>(() => fixture.Table.RemoveAsync(order.Uid, force: false));
        Assert.Equal(FaultCode.FailedPrecondition, refused.Code);
        await fixture.Table.RemoveAsync(order.Uid, force: true);
        await fixture.Table.RemoveAsync(order.Uid, force: true);
        Assert.False(Directory.Exists(fixture.Host.PathsOf(order.Uid).Directory));
        Assert.False(Directory.Exists(fixture.Host.PathsOf(order.Uid).RunDirectory));
        Assert.Null(Qvmc.Os.Processes.ProcessIdentity.Of(pid));
        Assert.Null(fixture.Host.Feed.Find(order.Uid));
    }

    [Fact]
    public async Task ManyWhoRemoveItAtOnceAllGetTheirAnswer()
    {
        var order = fixture.Order();
        await fixture.Table.EnsureAsync(order);
        await fixture.WaitAsync(order.Uid, State.Paused);
        var removals = Enumerable.Range(0, 20).Select(_ => Task.Run(() => fixture.Table.RemoveAsync(order.Uid, force: true)));
        await Task.WhenAll(removals).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Null(fixture.Host.Feed.Find(order.Uid));
    }

    [Fact]
    public async Task ADaemonThatStartsAfreshAdoptsWhatRuns()
    {
        var order = fixture.Order();
        await fixture.Table.EnsureAsync(order);
        var before = await fixture.WaitAsync(order.Uid, State.Paused);
        await fixture.RestartAsync();
        var after = fixture.Host.Feed.Find(order.Uid)!.Status;
        Assert.Equal((before.Pid, before.StartTime, State.Paused), (after.Pid, after.StartTime, after.State));
        await NextAsync(order, o => o.Spec.Power = PowerState.Stopped);
        await fixture.WaitAsync(order.Uid, State.Stopped);
    }

    [Fact]
    public async Task WhatDiedMeanwhileIsFailedAndWhatTheHostsRestartEndedIsStopped()
    {
        var (died, rebooted) = (fixture.Order(), fixture.Order());
        await fixture.Table.EnsureAsync(died);
        await fixture.Table.EnsureAsync(rebooted);
        var pids = new[] { (await fixture.WaitAsync(died.Uid, State.Paused)).Pid, (await fixture.WaitAsync(rebooted.Uid, State.Paused)).Pid };
        await fixture.Table.EndAsync();
        Array.ForEach(pids, Kill);
        var file = new MachineRecordFile(fixture.Host.PathsOf(rebooted.Uid).Record);
        var record = file.Load()!;
        record.Run.HostBootId = "of another boot";
        file.Save(record);
        await fixture.BeginAsync();
        Assert.Equal("QemuDied", (await fixture.WaitAsync(died.Uid, State.Failed)).LastError.Reason);
        Assert.Equal("HostRestarted", (await fixture.WaitAsync(rebooted.Uid, State.Stopped)).Reason);
    }

    [Fact]
    public async Task AStartThatACrashCutShortIsMadeAgainUnderItsNumber()
    {
        var order = fixture.Order();
        await fixture.Table.EnsureAsync(order);
        var pid = (await fixture.WaitAsync(order.Uid, State.Paused)).Pid;
        await fixture.Table.EndAsync();

        // As it is between the spawn and the record of its pid.
        var file = new MachineRecordFile(fixture.Host.PathsOf(order.Uid).Record);
        var record = file.Load()!;
        record.Run.Begun = false;
        record.Run.Pid = 0;
        file.Save(record);
        await fixture.BeginAsync();
        var again = await fixture.WaitAsync(order.Uid, State.Paused);
        Assert.NotEqual(pid, again.Pid);
        Assert.Equal(1u, again.Boot);
        Assert.Null(Qvmc.Os.Processes.ProcessIdentity.Of(pid));
    }

    [Fact]
    public async Task AProcessOfACopiedStateDirectoryIsLeftAlone()
    {
        var order = fixture.Order();
        await fixture.Table.EnsureAsync(order.Clone());
        var pid = (await fixture.WaitAsync(order.Uid, State.Paused)).Pid;
        var copy = new HostFixture();
        await copy.InitializeAsync();
        try
        {
            // A start in hand whose pid is not known: what it left would be ended.
            var paths = copy.Host.PathsOf(order.Uid);
            Directory.CreateDirectory(paths.Directory);
            var record = new MachineRecordFile(fixture.Host.PathsOf(order.Uid).Record).Load()!;
            (record.Run.Begun, record.Run.Pid) = (false, 0);
            new MachineRecordFile(paths.Record).Save(record);
            await copy.RestartAsync();
            Assert.NotEqual(pid, (await copy.WaitAsync(order.Uid, State.Paused)).Pid);
        }
        finally
        {
            await copy.DisposeAsync();
        }

        Assert.NotNull(Qvmc.Os.Processes.ProcessIdentity.Of(pid));
        Assert.Equal(State.Paused, fixture.Host.Feed.Find(order.Uid)!.Status.State);
    }

    [Fact]
    public async Task QemusOwnWordsAreInTheError()
    {
        var order = fixture.Order();
        order.Spec.Cpus = 100_000;
        await fixture.Table.EnsureAsync(order);
        var failed = await fixture.WaitAsync(order.Uid, State.Failed);
        Assert.Equal("StartFailed", failed.LastError.Reason);
        Assert.Contains("QEMU exited with status 1", failed.LastError.Message, StringComparison.Ordinal);
        Assert.Contains("CPUs", failed.LastError.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(fixture.Host.PathsOf(order.Uid).RunDirectory));
    }

    [Fact]
    public async Task AMissingImageOrQemuIsNamed()
    {
        var order = fixture.Order();
        order.ImageDigest = "sha256:" + new string('0', 64);
        await fixture.Table.EnsureAsync(order);
        Assert.Contains("is not on this host", (await fixture.WaitAsync(order.Uid, State.Failed)).LastError.Message, StringComparison.Ordinal);

        await fixture.Table.EndAsync();
        await fixture.BeginAsync(new QemuSettings { QemuBinary = "qemu-of-nowhere" });
        var second = fixture.Order();
        await fixture.Table.EnsureAsync(second);
        Assert.Contains("\"qemu-of-nowhere\"", (await fixture.WaitAsync(second.Uid, State.Failed)).LastError.Message, StringComparison.Ordinal);
        await fixture.RestartAsync();
    }

    [Fact]
    public async Task ADamagedRecordIsLeftAloneAndKeepsNobodyElseAway()
    {
        var order = fixture.Order(PowerState.Stopped);
        await fixture.Table.EnsureAsync(order);
        await fixture.Table.EndAsync();
        var broken = fixture.Host.PathsOf("brokenbroken").Directory;
        Directory.CreateDirectory(broken);
        await File.WriteAllTextAsync(Path.Combine(broken, "machine.json"), "{ \"order\": { \"uid\": ");
        await fixture.BeginAsync();
        Assert.NotNull(fixture.Host.Feed.Find(order.Uid));
        Assert.True(File.Exists(Path.Combine(broken, "machine.json")));
        await fixture.Table.RemoveAsync("brokenbroken", force: false);
        Assert.False(Directory.Exists(broken));
    }

    [Fact]
    public async Task AMachineWhoseRecordWasDamagedIsNotStartedTwiceAndCanStillBeRemoved()
    {
        var order = fixture.Order();
        await fixture.Table.EnsureAsync(order);
        var pid = (await fixture.WaitAsync(order.Uid, State.Paused)).Pid;
        await fixture.Table.EndAsync();
        await File.WriteAllTextAsync(fixture.Host.PathsOf(order.Uid).Record, "{");
        await fixture.BeginAsync();
        var refused = await Assert.ThrowsAsync<FaultException>(() => fixture.Table.EnsureAsync(order));
        Assert.Contains($"process {pid}", refused.Message, StringComparison.Ordinal);
        Assert.Equal(FaultCode.FailedPrecondition, (await Assert.ThrowsAsync<FaultException>(() => fixture.Table.RemoveAsync(order.Uid, force: false))).Code);
        await fixture.Table.RemoveAsync(order.Uid, force: true);
        Assert.False(Directory.Exists($"/proc/{pid}") && Qvmc.Os.Processes.ProcessIdentity.Of(pid) is not null);
        Assert.False(Directory.Exists(fixture.Host.PathsOf(order.Uid).Directory));
    }

    [Fact]
    public async Task AFrozenQemuIsUnknownDelaysNobodyAndCanBeStoppedByForce()
    {
        var (frozen, other) = (fixture.Order(), fixture.Order());
        await fixture.Table.EnsureAsync(frozen);
        await fixture.Table.EnsureAsync(other);
        var pid = (await fixture.WaitAsync(frozen.Uid, State.Paused)).Pid;
        await fixture.WaitAsync(other.Uid, State.Paused);
        await fixture.Table.EndAsync();
        await SignalAsync(pid, "STOP");
        await fixture.BeginAsync();
        Assert.Equal(State.Paused, fixture.Host.Feed.Find(other.Uid)!.Status.State);
        var status = fixture.Host.Feed.Find(frozen.Uid)!.Status;
        Assert.Equal((State.Unknown, "MonitorSilent", pid), (status.State, status.Reason, status.Pid));

        // It comes back by itself when the process does.
        await SignalAsync(pid, "CONT");
        await fixture.WaitAsync(frozen.Uid, State.Paused);

        await SignalAsync(pid, "STOP");
        await NextAsync(frozen, o =>
        {
            o.Spec.Power = PowerState.Stopped;
            o.Stop = new StopPolicy { Force = true };
        });
        await fixture.WaitAsync(frozen.Uid, s => s is { State: State.Stopping, Stage: Stage.Kill });
        Assert.Equal("StoppedByUser", (await fixture.WaitAsync(frozen.Uid, State.Stopped)).Reason);
    }

    private async Task NextAsync(MachineOrder order, Action<MachineOrder> change)
    {
        order.Generation++;
        change(order);
        await fixture.Table.EnsureAsync(order.Clone());
    }

    private static async Task SignalAsync(int pid, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", pid.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    private static void Kill(int pid)
    {
        using var process = Process.GetProcessById(pid);
        process.Kill();

        // Its end takes a moment: a table that begins before it would see it happen.
        Assert.True(SpinWait.SpinUntil(() => Qvmc.Os.Processes.ProcessIdentity.Of(pid) is null, TimeSpan.FromMinutes(1)));
    }
}

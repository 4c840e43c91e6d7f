using Grpc.Core;
using Qvmc.Core.Drills;
using Qvmc.Faults.Scenarios;

namespace Qvmc.Faults.Harness;

/// <summary>Runs a scenario while something fails, and checks that nothing of it stays.</summary>
public static class Drills
{
    // A step that was reached once may not be reached as often as another time.
    private static readonly TimeSpan SecondLimit = TimeSpan.FromSeconds(20);
    // So long something that goes on trying is let fail.
    private static readonly TimeSpan TriedAgain = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);

    /// <summary>The daemon dies at a step, and comes back.</summary>
    public static Task CrashAsync(FaultCluster cluster, Scenario scenario, FaultStep step, int nth = 1) => RunAsync(cluster, scenario, async () =>
    {
        var (drill, daemon) = (cluster.DrillOf(step), cluster.DaemonOf(step));
        drill.Arm(step, FaultAction.Crash, nth);
        var act = OutcomeAsync(scenario.ActAsync());
        if (scenario is Adopting)
        {
            // It is the daemon's start, whose end tells of its death too.
            await act;
        }

        await UntilActedAsync(drill, step, FaultAction.Crash, nth > 1 ? SecondLimit : FaultCluster.Limit);
        Assert.Equal(128 + 9, await daemon.EndAsync());
        Assert.Equal(Marks.Has(step), drill.HasPassed(step));
        drill.Disarm();
        await daemon.StartAsync();
        await EndAsync(cluster, scenario, await act);
    });

    /// <summary>A step fails for as long as the drill lasts.</summary>
    public static Task FailAsync(FaultCluster cluster, Scenario scenario, FaultStep step, FaultAction action) => RunAsync(cluster, scenario, async () =>
    {
        var (drill, daemon) = (cluster.DrillOf(step), cluster.DaemonOf(step));
        drill.Arm(step, action);
        var act = OutcomeAsync(scenario.ActAsync());
        await UntilActedAsync(drill, step, action);

        // It is told, or goes on trying; either is well.
        using (var enough = new CancellationTokenSource(TriedAgain))
        {
            await Task.WhenAny(act, AgainAsync(enough.Token));
            await enough.CancelAsync();
        }

        drill.Disarm();
        var outcome = await act;
        if (outcome is RpcException told)
        {
            Assert.True(told.StatusCode is not (StatusCode.Internal or StatusCode.Unknown), $"not an honest answer: {told.Status}");
        }

        if (scenario is Adopting && outcome is not null)
        {
            Assert.Equal(1, await daemon.EndAsync());
            await daemon.StartAsync();
        }

        await EndAsync(cluster, scenario, outcome);

        async Task AgainAsync(CancellationToken ct)
        {
            while (drill.Acted(step, action) < 2 && !ct.IsCancellationRequested)
            {
                await Task.Delay(Look, CancellationToken.None);
            }
        }
    });

    /// <summary>QEMU dies while the daemon is at a step.</summary>
    public static Task KillQemuAsync(FaultCluster cluster, Scenario scenario, FaultStep step) => RunAsync(cluster, scenario, async () =>
    {
        var others = cluster.BystanderPids;
        cluster.QemuDrill.Arm(step, FaultAction.Stall);
        var act = OutcomeAsync(scenario.ActAsync());
        await UntilActedAsync(cluster.QemuDrill, step, FaultAction.Stall);
        var killed = cluster.QemuPids().Except(others).ToList();
        foreach (var pid in killed)
        {
            await FaultCluster.KillQemuAsync(pid);
        }

        cluster.QemuDrill.Disarm();
        var outcome = await act;
        foreach (var instance in await cluster.ListAsync())
        {
            await cluster.SettleAsync(instance.Name, i => !killed.Contains(i.Status.Pid));
        }

        // What was answered was so, until it died.
        await EndAsync(cluster, scenario, outcome ?? new InvalidOperationException("QEMU was killed"));
    });

    private static async Task RunAsync(FaultCluster cluster, Scenario scenario, Func<Task> drill)
    {
        try
        {
            await scenario.PrepareAsync();
            await drill();
        }
        catch
        {
            // The next drill is not to fail for this one.
            await cluster.RecoverAsync(scenario);
            throw;
        }
    }

    // What was answered holds as it is; what was not is asked for again.
    private static async Task EndAsync(FaultCluster cluster, Scenario scenario, Exception? outcome)
    {
        if (outcome is null)
        {
            await scenario.CheckAsync();
        }

        await scenario.RepeatAsync();
        await scenario.CheckAsync();
        await Invariants.CheckAsync(cluster);
        await scenario.CleanAsync();
    }

    private static async Task<Exception?> OutcomeAsync(Task act)
    {
        try
        {
            await act;
            return null;
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException)
        {
            return e;
        }
    }

    private static async Task UntilActedAsync(Drill drill, FaultStep step, FaultAction action, TimeSpan? limit = null)
    {
        using var over = new CancellationTokenSource(limit ?? FaultCluster.Limit);
        while (drill.Acted(step, action) == 0)
        {
            if (over.IsCancellationRequested)
            {
                throw new TimeoutException($"{step} was not reached; those were: {string.Join(", ", drill.Reached().Keys)}");
            }

            await Task.Delay(Look);
        }
    }
}

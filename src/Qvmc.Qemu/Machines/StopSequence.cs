using Qvmc.Core.Drills;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Qemu.Machines;

/// <summary>
/// Ends a machine's process: asks the guest through its agent or the power button until the grace is over, then QEMU,
/// then the kernel. It always ends, whatever guest and monitor do: at most <see cref="QuitLimit"/> after the grace.
/// </summary>
/// <remarks>
/// The power button is pressed again and again: a guest that is still booting does not notice the first time.
/// </remarks>
internal sealed class StopSequence(MachineSession session, TimeSpan grace, bool force, Func<bool> hasRoom, Action<Stage> reached, TimeProvider time)
{
    private static readonly TimeSpan PressAgain = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan HearAgain = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan CommandLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan AgentLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan KillLimit = TimeSpan.FromSeconds(30);

    // By order of a user QEMU gets little time; when the guest has shut down, nobody waits for more than its last bytes.
    private static readonly TimeSpan QuitLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ForcedQuitLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan HaltedQuitLimit = TimeSpan.FromSeconds(10);

    private readonly TaskCompletionSource _hasten = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly long _begun = time.GetTimestamp();
    private TimeSpan _grace = grace;
    private TaskCompletionSource _shortened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Waits no longer for the guest.</summary>
    internal void Hasten() => _hasten.TrySetResult();

    /// <summary>Leaves the guest at most so long from now; it never gets more time than it had.</summary>
    internal void Shorten(TimeSpan grace)
    {
        lock (_gate)
        {
            var end = time.GetElapsedTime(_begun) + grace;
            if (end < _grace)
            {
                _grace = end;
                _shortened.TrySetResult();
                _shortened = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    /// <summary>Runs it. Afterwards there is no process.</summary>
    /// <exception cref="TimeoutException">The kernel has not ended the process (it hangs in a system call).</exception>
    internal async Task RunAsync()
    {
        if (!force)
        {
            await HearAsync();
            if (session.Processors is Processors.Running or Processors.Silent)
            {
                await AskGuestAsync();
            }
            else if (StandsStillAndCanGoOn)
            {
                await Until(session.TryCommandAsync("cont", Sooner(CommandLimit)));
                await AskGuestAsync();
            }
        }

        if (!session.Process.Exited.IsCompleted)
        {
            await QuitAsync();
        }

        if (!session.Process.Exited.IsCompleted)
        {
            reached(Stage.Kill);
            session.Process.Kill();
            await session.Process.Exited.WaitAsync(KillLimit, time);
        }
    }

    // A guest that never ran has nothing to shut down; one that stands still by a user's wish has, and must run for it. One
    // whose disk has no room would stand still again.
    private bool StandsStillAndCanGoOn =>
        session.Processors == Processors.Paused && session.HasRun && (!session.InTrouble || (session.IsDiskFull && hasRoom()));

    // A monitor that does not answer now (the daemon has just begun, the storage hangs) may do so yet, and until then a guest
    // may have much to lose. The agent can answer without it.
    private async Task HearAsync()
    {
        if (session.Processors == Processors.Silent)
        {
            reached(Stage.Monitor);
        }

        while (session.Processors == Processors.Silent && !session.Guest.Answers && !IsOver)
        {
            await Until(Task.Delay(Sooner(HearAgain), time), Shortened);
        }
    }

    private async Task AskGuestAsync()
    {
        var asked = false;
        var ran = false;
        while (!Over())
        {
            ran |= session.Processors == Processors.Running;
            if (!asked && session.Guest.Answers)
            {
                reached(Stage.AgentShutdown);
                var call = session.Guest.TryShutdownAsync(Sooner(AgentLimit));
                await Until(call);
                asked = call is { IsCompleted: true, Result: true };
            }
            else
            {
                reached(Stage.Powerdown);
                await Until(session.TryCommandAsync("system_powerdown", Sooner(CommandLimit)));
                FaultPoint.Pass(FaultStep.GuestAsked);
            }

            if (!Over())
            {
                await Until(Task.Delay(Sooner(PressAgain), time), Shortened);
            }
        }

        bool Over() => IsOver || (ran && session.Processors == Processors.Paused && session.InTrouble);
    }

    private bool IsOver => session.Halted.IsCompleted || session.Process.Exited.IsCompleted || _hasten.Task.IsCompleted || Left <= TimeSpan.Zero;

    private async Task QuitAsync()
    {
        reached(Stage.Quit);
        var limit = force || _hasten.Task.IsCompleted ? ForcedQuitLimit : session.Halted.IsCompleted ? HaltedQuitLimit : QuitLimit;
        var begun = time.GetTimestamp();
        var taken = await session.TryCommandAsync("quit", limit);
        FaultPoint.Pass(FaultStep.QuitSent);

        // Refused or unheard, there is nothing to wait for.
        var left = limit - time.GetElapsedTime(begun);
        if (taken && left > TimeSpan.Zero)
        {
            await Task.WhenAny(session.Process.Exited, Task.Delay(left, time));
        }
    }

    private TimeSpan Left
    {
        get
        {
            lock (_gate)
            {
                return _grace - time.GetElapsedTime(_begun);
            }
        }
    }

    private Task Shortened
    {
        get
        {
            lock (_gate)
            {
                return _shortened.Task;
            }
        }
    }

    private TimeSpan Sooner(TimeSpan limit) => TimeSpan.FromTicks(Math.Clamp(Left.Ticks, 1, limit.Ticks));

    // Nothing that is waited for holds up who is in a hurry.
    private Task Until(params Task[] any) => Task.WhenAny([.. any, session.Halted, session.Process.Exited, _hasten.Task]);
}

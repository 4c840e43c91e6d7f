using Qvmc.Protos.Instance.V1;

namespace Qvmc.Qemu.Machines;

/// <summary>
/// Ends a machine's process: asks the guest through its agent or the power button until the grace is over, then QEMU,
/// then the kernel. It always ends, whatever guest and monitor do.
/// </summary>
/// <remarks>
/// The power button is pressed again and again: a guest that is still booting does not notice the first time.
/// </remarks>
internal sealed class StopSequence(MachineSession session, TimeSpan grace, bool force, Action<Stage> reached, TimeProvider time)
{
    private static readonly TimeSpan PressAgain = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan QuitLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan KillLimit = TimeSpan.FromSeconds(30);
    private readonly TaskCompletionSource _hasten = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Waits no longer for the guest.</summary>
    internal void Hasten() => _hasten.TrySetResult();

    /// <summary>Runs it. Afterwards there is no process.</summary>
    /// <exception cref="TimeoutException">The kernel has not ended the process (it hangs in a system call).</exception>
    internal async Task RunAsync()
    {
        // A guest that never ran has nothing to shut down; one that stands still by a user's wish has, and must run for it.
        if (!force && session.Processors == Processors.Paused && session.HasRun && !session.InTrouble)
        {
            await session.TryCommandAsync("cont", QuitLimit);
            await AskGuestAsync();
        }
        else if (!force && session.Processors == Processors.Running)
        {
            await AskGuestAsync();
        }

        if (!session.Process.Exited.IsCompleted)
        {
            reached(Stage.Quit);
            await session.TryCommandAsync("quit", QuitLimit);
            await WaitExitAsync(QuitLimit);
        }

        if (!session.Process.Exited.IsCompleted)
        {
            reached(Stage.Kill);
            session.Process.Kill();
            await session.Process.Exited.WaitAsync(KillLimit, time);
        }
    }

    private async Task AskGuestAsync()
    {
        var deadline = time.GetTimestamp();
        var asked = false;
        while (!Over() && time.GetElapsedTime(deadline) < grace)
        {
            if (!asked && session.Guest.Answers)
            {
                reached(Stage.AgentShutdown);
                asked = await session.Guest.TryShutdownAsync();
            }
            else
            {
                reached(Stage.Powerdown);
                await session.TryCommandAsync("system_powerdown", QuitLimit);
            }

            var left = grace - time.GetElapsedTime(deadline);
            if (left > TimeSpan.Zero)
            {
                await Task.WhenAny(session.Halted, session.Process.Exited, _hasten.Task, Task.Delay(left < PressAgain ? left : PressAgain, time));
            }
        }

        bool Over() => session.Halted.IsCompleted || session.Process.Exited.IsCompleted || _hasten.Task.IsCompleted;
    }

    private async Task WaitExitAsync(TimeSpan limit) =>
        await Task.WhenAny(session.Process.Exited, Task.Delay(limit, time));
}

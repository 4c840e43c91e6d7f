using System.Runtime.InteropServices;
using Qvmc.Os.Processes;

namespace Qvmc.Os.Darwin;

/// <summary>
/// A process by its pid: macOS has nothing like a pidfd. A child's pid stays its own until we reap it. That of another
/// is looked at before each signal; in the moment between, it could end and its pid be given away.
/// </summary>
/// <param name="identity">Which process.</param>
/// <param name="isChild">It is ours to reap.</param>
internal sealed class WatchedProcess(ProcessIdentity identity, bool isChild) : IProcessHold
{
    private volatile ExitStatus? _told;

    /// <inheritdoc/>
    public void Watch(Action onExit) => ExitQueue.Instance.Add(identity.Pid, this, status =>
    {
        _told = status;
        onExit();
    });

    /// <inheritdoc/>
    public void Signal(int signal)
    {
        if (IProcessTable.Host.Find(identity.Pid) == identity)
        {
            _ = LibSystem.Kill(identity.Pid, signal);
        }
    }

    /// <inheritdoc/>
    public ExitStatus? Reap(ProcessIdentity _) => isChild && Wait() is { } status ? status : _told ?? IProcessTable.Host.ExitOf(identity);

    /// <inheritdoc/>
    public void Release() => ExitQueue.Instance.Remove(identity.Pid, this);

    // NOTE_EXIT comes shortly before the process can be reaped (bsd/kern/kern_exit.c): so this waits.
    private ExitStatus? Wait()
    {
        const int interrupted = 4;
        while (true)
        {
            if (LibSystem.WaitPid(identity.Pid, out var status, 0) == identity.Pid)
            {
                return ExitStatus.FromWaitStatus(status);
            }

            if (Marshal.GetLastPInvokeError() != interrupted)
            {
                return null;
            }
        }
    }
}

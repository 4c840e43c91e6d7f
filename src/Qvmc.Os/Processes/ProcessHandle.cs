namespace Qvmc.Os.Processes;

/// <summary>
/// Holds on to one process, child or not: signals don't hit another that got its pid, and its end is seen at once,
/// zombie or not, without polling. By a pidfd on Linux, by a kqueue on macOS.
/// </summary>
public sealed class ProcessHandle : IDisposable
{
    private readonly IProcessHold _hold;
    private readonly TaskCompletionSource<ExitStatus> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private bool _closed;

    private ProcessHandle(ProcessIdentity identity, IProcessHold hold)
    {
        Identity = identity;
        _hold = hold;
    }

    /// <summary>The process.</summary>
    public ProcessIdentity Identity { get; }

    /// <summary>Completes when the process has ended. Never fails.</summary>
    public Task<ExitStatus> Exited => _exited.Task;

    /// <summary>Takes hold of that very process; null when it is gone.</summary>
    /// <exception cref="OsException">No file descriptor is left.</exception>
    public static ProcessHandle? Open(ProcessIdentity identity)
    {
        var hold = IProcessTable.Host.Hold(identity.Pid);
        if (hold is null)
        {
            return null;
        }

        // Looked at after it is held: from here on the pid can't be another's.
        if (ProcessIdentity.Of(identity.Pid) != identity)
        {
            hold.Release();
            return null;
        }

        return Watch(identity, hold);
    }

    /// <summary>Takes hold of a child that was just spawned and can't have been reaped, dead or alive.</summary>
    internal static ProcessHandle OpenChild(int pid)
    {
        const int noSuchProcess = 3;
        return IProcessTable.Host.Hold(pid) is { } hold
            ? Watch(ProcessIdentity.Of(pid) ?? new ProcessIdentity(pid, 0), hold)
            : throw new OsException($"hold process {pid}", noSuchProcess);
    }

    private static ProcessHandle Watch(ProcessIdentity identity, IProcessHold hold)
    {
        var handle = new ProcessHandle(identity, hold);
        try
        {
            hold.Watch(handle.OnExit);
            return handle;
        }
        catch
        {
            hold.Release();
            throw;
        }
    }

    /// <summary>Sends SIGKILL; no effect on a process that has ended.</summary>
    public void Kill() => Signal(9);

    /// <summary>Sends a signal; no effect on a process that has ended.</summary>
    public void Signal(int signal)
    {
        lock (_gate)
        {
            if (!_closed)
            {
                _hold.Signal(signal);
            }
        }
    }

    /// <summary>Lets go. The process goes on; <see cref="Exited"/> may never complete.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (!_closed)
            {
                _closed = true;
                _hold.Release();
            }
        }
    }

    private void OnExit()
    {
        ExitStatus status;
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            status = _hold.Reap(Identity) ?? ExitStatus.Unknown;
        }

        _exited.TrySetResult(status);
    }
}

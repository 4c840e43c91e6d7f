namespace Qvmc.Os.Processes;

/// <summary>A kernel's hold on one process.</summary>
internal interface IProcessHold
{
    /// <summary>Calls back once, on any thread, when the process has ended; if it has already, soon.</summary>
    /// <exception cref="OsException">The kernel has no room for another.</exception>
    void Watch(Action onExit);

    /// <summary>Sends a signal; no effect on a process that has ended.</summary>
    void Signal(int signal);

    /// <summary>How the process ended, which it has; reaps it if it is our child. Null: nobody tells.</summary>
    ExitStatus? Reap(ProcessIdentity identity);

    /// <summary>Lets go; nothing is called on it any more.</summary>
    void Release();
}

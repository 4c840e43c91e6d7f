namespace Qvmc.Os.Processes;

/// <summary>
/// Names one process for good: pids are used again, but never with the same start time within one boot of the host.
/// </summary>
/// <param name="Pid">Process id.</param>
/// <param name="StartTicks">
/// Start, as the kernel keeps it: on Linux in clock ticks since the host started (field 22 of /proc/PID/stat), on macOS in
/// microseconds since 1970 (proc_bsdinfo).
/// </param>
public readonly record struct ProcessIdentity(int Pid, ulong StartTicks)
{
    /// <summary>The process that has this pid now, or null when there is none, or only what is left of it (a zombie).</summary>
    public static ProcessIdentity? Of(int pid) => IProcessTable.Host.Find(pid);

    /// <summary>Whether that very process still lives.</summary>
    public bool IsAlive() => Of(Pid) == this;
}

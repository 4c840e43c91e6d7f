using Qvmc.Os.Darwin;
using Qvmc.Os.Linux;

namespace Qvmc.Os.Processes;

/// <summary>What a kernel tells of the processes that there are.</summary>
internal interface IProcessTable
{
    /// <summary>This host's.</summary>
    static IProcessTable Host { get; } = OperatingSystem.IsMacOS() ? new DarwinProcesses() : new ProcDirectory();

    /// <summary>The process that has the pid now, or null when there is none, or only what is left of one that has ended.</summary>
    ProcessIdentity? Find(int pid);

    /// <summary>How that very process ended, while it waits to be reaped by whoever is its parent; else null.</summary>
    ExitStatus? ExitOf(ProcessIdentity identity);

    /// <summary>Every pid; some may be gone again.</summary>
    IEnumerable<int> Pids();

    /// <summary>A process' arguments, argv[0] first; empty: it is gone, or may not be looked at.</summary>
    IReadOnlyList<string> ArgumentsOf(int pid);

    /// <summary>Takes hold of a process; null: there is none of that pid.</summary>
    /// <exception cref="OsException">No file descriptor is left.</exception>
    IProcessHold? Hold(int pid);
}

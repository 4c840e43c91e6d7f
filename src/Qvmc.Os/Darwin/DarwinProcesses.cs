using Qvmc.Os.Processes;

namespace Qvmc.Os.Darwin;

/// <summary>Processes by libproc and sysctl(3).</summary>
internal sealed unsafe class DarwinProcesses : IProcessTable
{
    // sys/sysctl.h: CTL_KERN, KERN_ARGMAX, KERN_PROCARGS2
    private const int Kernel = 1, ArgumentMax = 8, ProcessArguments = 49;

    /// <inheritdoc/>
    public ProcessIdentity? Find(int pid) => BsdInfo.Of(pid) is { Status: not BsdInfo.Zombie } info ? info.Identity : null;

    /// <inheritdoc/>
    public ExitStatus? ExitOf(ProcessIdentity identity) =>
        BsdInfo.Of(identity.Pid) is { Status: BsdInfo.Zombie } info && info.Identity == identity ? ExitStatus.FromWaitStatus((int)info.ExitStatus) : null;

    /// <inheritdoc/>
    public IEnumerable<int> Pids()
    {
        // Some may start between the two calls.
        const int more = 64;
        var pids = new int[LibSystem.ProcListAllPids(null, 0) + more];
        fixed (int* space = pids)
        {
            var count = LibSystem.ProcListAllPids(space, pids.Length * sizeof(int));
            return pids.Take(Math.Clamp(count, 0, pids.Length)).Where(pid => pid > 0);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> ArgumentsOf(int pid)
    {
        var name = stackalloc int[] { Kernel, ArgumentMax, 0 };
        int most;
        nuint length = sizeof(int);
        if (LibSystem.SysCtl(name, 2, &most, &length, null, 0) != 0 || most <= 0)
        {
            return [];
        }

        (name[1], name[2]) = (ProcessArguments, pid);
        var buffer = new byte[most];
        length = (nuint)most;
        fixed (byte* space = buffer)
        {
            return LibSystem.SysCtl(name, 3, space, &length, null, 0) == 0 ? ArgumentArea.Parse(buffer.AsSpan(0, (int)length)) : [];
        }
    }

    /// <inheritdoc/>
    public IProcessHold? Hold(int pid) => BsdInfo.Of(pid) is { } info ? new WatchedProcess(info.Identity, isChild: info.ParentPid == Environment.ProcessId) : null;
}

using System.Runtime.InteropServices;
using Qvmc.Os.Linux;

namespace Qvmc.Os.Processes;

/// <summary>
/// Holds on to one process, child or not: signals can't hit another that got its pid, and its end is seen at once,
/// zombie or not, without polling. A pidfd (pidfd_open(2), Linux 5.3).
/// </summary>
public sealed class ProcessHandle : IDisposable
{
    private readonly int _pidfd;
    private readonly TaskCompletionSource<ExitStatus> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private bool _closed;

    private ProcessHandle(ProcessIdentity identity, int pidfd)
    {
        Identity = identity;
        _pidfd = pidfd;
    }

    /// <summary>The process.</summary>
    public ProcessIdentity Identity { get; }

    /// <summary>Completes when the process has ended. Never fails.</summary>
    public Task<ExitStatus> Exited => _exited.Task;

    /// <summary>Takes hold of that very process; null when it is gone.</summary>
    /// <exception cref="OsException">No file descriptor is left.</exception>
    public static ProcessHandle? Open(ProcessIdentity identity)
    {
        var fd = (int)LibC.Syscall(LibC.SysPidfdOpen, identity.Pid, 0, 0, 0);
        if (fd < 0)
        {
            const int noSuchProcess = 3;
            return Marshal.GetLastPInvokeError() == noSuchProcess ? null : throw OsException.Last($"pidfd_open {identity.Pid}");
        }

        // Looked at after the pidfd is held: from here on the pid can't be another's.
        if (ProcessIdentity.Of(identity.Pid) != identity)
        {
            _ = LibC.Close(fd);
            return null;
        }

        return Watch(identity, fd);
    }

    /// <summary>Takes hold of a child that was just spawned and can't have been reaped, dead or alive.</summary>
    internal static ProcessHandle OpenChild(int pid)
    {
        var fd = (int)LibC.Syscall(LibC.SysPidfdOpen, pid, 0, 0, 0);
        return fd < 0
            ? throw OsException.Last($"pidfd_open {pid}")
            : Watch(ProcessIdentity.Of(pid) ?? new ProcessIdentity(pid, 0), fd);
    }

    private static ProcessHandle Watch(ProcessIdentity identity, int fd)
    {
        var handle = new ProcessHandle(identity, fd);
        ExitWatcher.Instance.Add(fd, handle.OnExit);
        return handle;
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
                _ = LibC.Syscall(LibC.SysPidfdSendSignal, _pidfd, signal, 0, 0);
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
                ExitWatcher.Instance.Remove(_pidfd);
                _ = LibC.Close(_pidfd);
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

            status = Reap() ?? ProcessIdentity.ExitOf(Identity) ?? AskKernel() ?? ExitStatus.Unknown;
        }

        _exited.TrySetResult(status);
    }

    // Only a parent can; whoever adopted the process from an earlier daemon gets ECHILD.
    private unsafe ExitStatus? Reap()
    {
        const int pPidfd = 3, wExited = 4, wNoHang = 1;
        const int codeOffset = 8, statusOffset = 24, codeExited = 1;
        var info = stackalloc byte[128];
        new Span<byte>(info, 128).Clear();
        if (LibC.WaitId(pPidfd, _pidfd, info, wExited | wNoHang) != 0 || *(int*)info == 0)
        {
            return null;
        }

        var status = *(int*)(info + statusOffset);
        return *(int*)(info + codeOffset) == codeExited ? new ExitStatus(status, null) : new ExitStatus(null, status);
    }

    // Once whoever adopted it has reaped it.
    // linux/pidfd.h: PIDFD_GET_INFO = _IOWR(0xFF, 11, struct pidfd_info), with PIDFD_INFO_EXIT since Linux 6.15.
    // The first 64 bytes of the struct have held since 6.13: mask at 0, exit_code at 60.
    private unsafe ExitStatus? AskKernel()
    {
        const nuint getInfo = 0xC040_FF0B;
        const ulong infoExit = 1 << 3;
        var info = stackalloc byte[64];
        new Span<byte>(info, 64).Clear();
        *(ulong*)info = infoExit;
        return LibC.Ioctl(_pidfd, getInfo, info) == 0 && (*(ulong*)info & infoExit) != 0
            ? ExitStatus.FromWaitStatus(*(int*)(info + 60))
            : null;
    }
}

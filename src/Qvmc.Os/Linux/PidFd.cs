using Qvmc.Os.Processes;

namespace Qvmc.Os.Linux;

/// <summary>A pidfd: signals by it can't hit another process that got the pid.</summary>
/// <param name="descriptor">It; ours.</param>
internal sealed class PidFd(int descriptor) : IProcessHold
{
    /// <inheritdoc/>
    public void Watch(Action onExit) => ExitWatcher.Instance.Add(descriptor, onExit);

    /// <inheritdoc/>
    public void Signal(int signal) => _ = LibC.Syscall(LibC.SysPidfdSendSignal, descriptor, signal, 0, 0);

    /// <inheritdoc/>
    public ExitStatus? Reap(ProcessIdentity identity) => Wait() ?? IProcessTable.Host.ExitOf(identity) ?? AskKernel();

    /// <inheritdoc/>
    public void Release()
    {
        ExitWatcher.Instance.Remove(descriptor);
        _ = LibC.Close(descriptor);
    }

    // Only a parent can; whoever adopted the process from an earlier daemon gets ECHILD.
    private unsafe ExitStatus? Wait()
    {
        const int pPidfd = 3, wExited = 4, wNoHang = 1;
        const int codeOffset = 8, statusOffset = 24, codeExited = 1;
        var info = stackalloc byte[128];
        new Span<byte>(info, 128).Clear();
        if (LibC.WaitId(pPidfd, descriptor, info, wExited | wNoHang) != 0 || *(int*)info == 0)
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
        return LibC.Ioctl(descriptor, getInfo, info) == 0 && (*(ulong*)info & infoExit) != 0
            ? ExitStatus.FromWaitStatus(*(int*)(info + 60))
            : null;
    }
}

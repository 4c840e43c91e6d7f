using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Qvmc.Os.Linux;

namespace Qvmc.Os.Files;

/// <summary>Files that other processes have open. Linux only.</summary>
public static class OpenFileOf
{
    // asm-generic/fcntl.h. Nobody who hands over a pipe keeps us waiting for its writer.
    private const int ReadOnly = 0, NonBlocking = 0x800, CloseOnExec = 0x80000;

    /// <summary>
    /// Opens anew, for reading from the beginning, what a process has open. The kernel allows it for processes that we
    /// could trace (proc(5), <c>/proc/PID/fd</c>), and as far as the file's own permissions go.
    /// </summary>
    /// <param name="pid">The process.</param>
    /// <param name="descriptor">Its descriptor.</param>
    /// <exception cref="OsException">It can't be opened.</exception>
    public static SafeFileHandle Open(int pid, int descriptor)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/fd/{descriptor}");
        var opened = LibC.Open(path, ReadOnly | NonBlocking | CloseOnExec);
        return opened >= 0 ? new SafeFileHandle(opened, ownsHandle: true) : throw OsException.Last($"open {path}");
    }
}

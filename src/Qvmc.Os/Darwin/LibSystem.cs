using System.Runtime.InteropServices;

namespace Qvmc.Os.Darwin;

/// <summary>
/// The calls into macOS' libSystem that .NET has no wrapper for and Linux has not, or has otherwise. None is variadic:
/// on Apple silicon variadic arguments go by the stack, where a plain P/Invoke does not put them. (What is the same on
/// both, posix_spawn for one, is called from <see cref="Linux.LibC"/>.)
/// </summary>
internal static unsafe partial class LibSystem
{
    private const string Library = "libc";

    // sys/event.h
    [LibraryImport(Library, EntryPoint = "kqueue", SetLastError = true)]
    internal static partial int KQueue();

    [LibraryImport(Library, EntryPoint = "kevent", SetLastError = true)]
    internal static partial int KEvent(int queue, KernelEvent* changes, int changeCount, KernelEvent* events, int eventCount, void* timeout);

    // sys/wait.h, signal.h
    [LibraryImport(Library, EntryPoint = "waitpid", SetLastError = true)]
    internal static partial int WaitPid(int pid, out int status, int options);

    [LibraryImport(Library, EntryPoint = "kill", SetLastError = true)]
    internal static partial int Kill(int pid, int signal);

    // libproc.h: bytes written; 0: it failed.
    [LibraryImport(Library, EntryPoint = "proc_pidinfo", SetLastError = true)]
    internal static partial int ProcPidInfo(int pid, int flavor, ulong argument, void* buffer, int size);

    // libproc.h: how many pids; with no buffer, about how many there are.
    [LibraryImport(Library, EntryPoint = "proc_listallpids", SetLastError = true)]
    internal static partial int ProcListAllPids(int* buffer, int bytes);

    // sys/sysctl.h
    [LibraryImport(Library, EntryPoint = "sysctl", SetLastError = true)]
    internal static partial int SysCtl(int* name, uint nameLength, void* old, nuint* oldLength, void* @new, nuint newLength);

    [LibraryImport(Library, EntryPoint = "sysctlbyname", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int SysCtlByName(string name, void* old, nuint* oldLength, void* @new, nuint newLength);

    // sys/stat.h. On Intel the plain name is the old call, of 32-bit inodes; on Apple silicon there is only the new one,
    // and it has the plain name (__DARWIN_ONLY_64_BIT_INO_T).
    [LibraryImport(Library, EntryPoint = "lstat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int LStat(string path, FileStat* stat);

    [LibraryImport(Library, EntryPoint = "lstat$INODE64", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int LStatOnIntel(string path, FileStat* stat);
}

using System.Runtime.InteropServices;

namespace Qvmc.Os.Linux;

// Files, by descriptor. open(2) without a mode passes no variadic argument, so this holds on macOS as well.
internal static unsafe partial class LibC
{
    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Open(string path, int flags);

    [LibraryImport(Library, EntryPoint = "fsync", SetLastError = true)]
    internal static partial int FSync(int fd);
}

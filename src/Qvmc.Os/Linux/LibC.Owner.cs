using System.Runtime.InteropServices;

namespace Qvmc.Os.Linux;

/// <summary>Who somebody is, and whose a file is.</summary>
internal static unsafe partial class LibC
{
    // linux/fcntl.h, linux/stat.h
    internal const int AtFdCwd = -100;
    internal const int AtSymlinkNoFollow = 0x100;
    internal const uint StatxBasicStats = 0x7ff;

    // struct statx (linux/stat.h) is the same on every architecture: 256 bytes, stx_uid at 20, stx_mode at 28.
    internal const int StatxSize = 256;
    internal const int StatxUidOffset = 20;
    internal const int StatxModeOffset = 28;

    [LibraryImport(Library, EntryPoint = "geteuid")]
    internal static partial uint GetEuid();

    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Statx(int directory, string path, int flags, uint mask, byte* buffer);
}

using System.Runtime.InteropServices;
using Qvmc.Os.Files;

namespace Qvmc.Os.Linux;

/// <summary>Who somebody is, whose a file is, and what it takes.</summary>
internal static unsafe partial class LibC
{
    // linux/fcntl.h, linux/stat.h
    private const int AtFdCwd = -100;
    private const int AtSymlinkNoFollow = 0x100;
    private const uint StatxBasicStats = 0x7ff;

    // struct statx (linux/stat.h) is the same on every architecture: 256 bytes, stx_uid at 20, stx_gid at 24, stx_mode
    // at 28, stx_blocks at 48.
    private const int StatxSize = 256;
    private const int StatxUidOffset = 20;
    private const int StatxGidOffset = 24;
    private const int StatxModeOffset = 28;
    private const int StatxBlocksOffset = 48;

    [LibraryImport(Library, EntryPoint = "geteuid")]
    internal static partial uint GetEuid();

    // Linux only.
    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, byte* buffer);

    internal static FileFacts? StatOf(string path)
    {
        var buffer = stackalloc byte[StatxSize];
        return Statx(AtFdCwd, path, AtSymlinkNoFollow, StatxBasicStats, buffer) == 0
            ? new FileFacts(*(ushort*)(buffer + StatxModeOffset), *(uint*)(buffer + StatxUidOffset), *(uint*)(buffer + StatxGidOffset), *(long*)(buffer + StatxBlocksOffset))
            : null;
    }

    // struct passwd and struct group (pwd.h, grp.h), on 64-bit Linux and macOS alike: two pointers, the first to the name,
    // then the id; of a user its group's id after it.
    internal const int AccountSize = 128;
    internal const int AccountIdOffset = 16;
    internal const int AccountGroupOffset = 20;

    [LibraryImport(Library, EntryPoint = "getpwnam_r", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int GetPwNam(string name, byte* entry, byte* buffer, nuint size, out byte* found);

    [LibraryImport(Library, EntryPoint = "getpwuid_r")]
    internal static partial int GetPwUid(uint id, byte* entry, byte* buffer, nuint size, out byte* found);

    [LibraryImport(Library, EntryPoint = "getgrnam_r", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int GetGrNam(string name, byte* entry, byte* buffer, nuint size, out byte* found);

    [LibraryImport(Library, EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int LChown(string path, uint user, uint group);

    // Linux only.
    internal static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";
}

using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Qvmc.Os.Linux;

namespace Qvmc.Os.Files;

/// <summary>
/// Where a file has holes: parts that were never written, are zeros and take no room. To read them would have the kernel
/// fill memory with zeros. The descriptor's own position is moved.
/// </summary>
public static class FileHoles
{
    // unistd.h. The two have each other's numbers on macOS.
    private static readonly int s_seekData = OperatingSystem.IsMacOS() ? 4 : 3, s_seekHole = OperatingSystem.IsMacOS() ? 3 : 4;

    // asm-generic/errno-base.h, and the same on macOS.
    private const int NoSuchPlace = 6;

    /// <summary>Where the next bytes are that were written, at <paramref name="offset"/> or behind it.</summary>
    /// <returns>The file's length: there are none. <paramref name="offset"/> also where the file system does not tell.</returns>
    public static long NextData(SafeFileHandle file, long offset)
    {
        var data = LibC.Seek(file, offset, s_seekData);
        return data >= 0 ? data
            : Marshal.GetLastPInvokeError() == NoSuchPlace ? Math.Max(offset, RandomAccess.GetLength(file))
            : offset;
    }

    /// <summary>Where the next hole is, at <paramref name="offset"/> or behind it; the end of the file is one.</summary>
    /// <returns><see cref="long.MaxValue"/>: the file system does not tell.</returns>
    public static long NextHole(SafeFileHandle file, long offset)
    {
        var hole = LibC.Seek(file, offset, s_seekHole);
        return hole >= 0 ? hole : long.MaxValue;
    }
}

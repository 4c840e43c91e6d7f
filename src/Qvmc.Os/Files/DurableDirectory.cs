using Microsoft.Win32.SafeHandles;
using Qvmc.Os.Linux;

namespace Qvmc.Os.Files;

/// <summary>Makes names last: a new or renamed file is there after a power cut only when its directory was synced too.</summary>
public static class DurableDirectory
{
    /// <summary>
    /// fsync(2) of the directory. .NET can sync files, but opens no directories. On macOS fsync leaves what it wrote in the
    /// disk's own cache, and .NET asks for more (F_FULLFSYNC) where the file system can.
    /// </summary>
    /// <exception cref="OsException">There is no such directory, or the disk failed.</exception>
    public static void Sync(string path)
    {
        const int readOnly = 0;
        var fd = LibC.Open(path, readOnly);
        if (fd < 0)
        {
            throw OsException.Last($"open {path}");
        }

        if (OperatingSystem.IsMacOS())
        {
            using var directory = new SafeFileHandle(fd, ownsHandle: true);
            RandomAccess.FlushToDisk(directory);
            return;
        }

        try
        {
            if (LibC.FSync(fd) != 0)
            {
                throw OsException.Last($"fsync {path}");
            }
        }
        finally
        {
            _ = LibC.Close(fd);
        }
    }
}

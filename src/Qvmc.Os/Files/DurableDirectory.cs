using Qvmc.Os.Linux;

namespace Qvmc.Os.Files;

/// <summary>Makes names last: a new or renamed file is there after a power cut only when its directory was synced too.</summary>
public static class DurableDirectory
{
    /// <summary>fsync(2) of the directory. .NET can sync files, but opens no directories.</summary>
    /// <exception cref="OsException">There is no such directory, or the disk failed.</exception>
    public static void Sync(string path)
    {
        const int readOnly = 0;
        var fd = LibC.Open(path, readOnly);
        if (fd < 0)
        {
            throw OsException.Last($"open {path}");
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

using Microsoft.Win32.SafeHandles;
using Qvmc.Os.Linux;

namespace Qvmc.Os.Files;

/// <summary>
/// The lock that .NET takes when it opens a file (flock(2)): exclusive for FileShare.None, else shared.
/// </summary>
public static class FileLock
{
    /// <summary>Makes an exclusive lock a shared one: those who read may open the file, those who want it for themselves may not.</summary>
    /// <exception cref="OsException">Somebody took it for himself in between: the kernel lets go of the one before it takes the other.</exception>
    public static void Share(SafeFileHandle file)
    {
        // asm-generic/fcntl.h, and the same on macOS.
        const int shared = 1, dontWait = 4;
        var added = false;
        try
        {
            file.DangerousAddRef(ref added);
            if (LibC.FLock((int)file.DangerousGetHandle(), shared | dontWait) != 0)
            {
                throw OsException.Last("flock");
            }
        }
        finally
        {
            if (added)
            {
                file.DangerousRelease();
            }
        }
    }
}

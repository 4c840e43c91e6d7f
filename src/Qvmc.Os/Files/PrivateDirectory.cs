using Qvmc.Os.Linux;

namespace Qvmc.Os.Files;

/// <summary>
/// A directory in which nobody else can put anything, even under a parent that everybody writes to (/tmp): a directory, not
/// a link to one, that belongs to us and that others may not write. Under a sticky parent it then stays so.
/// </summary>
public static class PrivateDirectory
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Our effective user id.</summary>
    public static uint UserId => LibC.GetEuid();

    /// <summary>Makes the directory, with mode 0700, or takes the one that is there.</summary>
    /// <returns>False: something else is there, or somebody else's, or others may write it.</returns>
    /// <exception cref="IOException">It can't be made.</exception>
    public static bool Ensure(string path)
    {
        Directory.CreateDirectory(path, OwnerOnly);
        return Exists(path);
    }

    /// <summary>Whether such a directory is there.</summary>
    public static unsafe bool Exists(string path)
    {
        var buffer = stackalloc byte[LibC.StatxSize];
        if (LibC.Statx(LibC.AtFdCwd, path, LibC.AtSymlinkNoFollow, LibC.StatxBasicStats, buffer) != 0)
        {
            return false;
        }

        const int typeMask = 0xF000, directory = 0x4000, othersWrite = 0x12;
        var mode = *(ushort*)(buffer + LibC.StatxModeOffset);
        return (mode & typeMask) == directory
            && (mode & othersWrite) == 0
            && *(uint*)(buffer + LibC.StatxUidOffset) == LibC.GetEuid();
    }
}

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
    public static bool Exists(string path) =>
        FileFacts.Of(path) is { IsDirectory: true, OthersMayWrite: false } facts && facts.UserId == UserId;
}

using Qvmc.Os.Linux;

namespace Qvmc.Os.Files;

/// <summary>Two files that change their names.</summary>
public static class FileExchange
{
    /// <summary>
    /// Gives each of two files the other's name, at once: nobody finds one of the names missing, or both to mean the same
    /// (renameat2(2), RENAME_EXCHANGE).
    /// </summary>
    /// <param name="one">A file.</param>
    /// <param name="other">A file on the same file system.</param>
    /// <returns>False: one of them is not there, or neither this file system nor, on macOS, this system can do it.</returns>
    public static bool TryExchange(string one, string other) => OperatingSystem.IsLinux() && LibC.Exchange(one, other);
}

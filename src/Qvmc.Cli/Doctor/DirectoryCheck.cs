using Qvmc.Cli.Arguments;

namespace Qvmc.Cli.Doctor;

/// <summary>Whether a directory can be written, or made, and has room.</summary>
internal static class DirectoryCheck
{
    private const long Little = 10L << 30;
    private const long TooLittle = 1L << 30;

    /// <summary>Looks at a directory.</summary>
    /// <param name="check">What it is for.</param>
    /// <param name="path">The directory; it need not exist.</param>
    /// <param name="needsRoom">Whether disks lie in it.</param>
    /// <param name="option">The option that names another.</param>
    public static Finding Run(string check, string path, bool needsRoom, string option)
    {
        var existing = path;
        while (!Directory.Exists(existing))
        {
            existing = Path.GetDirectoryName(existing) ?? "/";
        }

        if (!IsWritable(existing))
        {
            return new Finding(check, Outcome.Fail, $"{path} can't be written: {existing} does not allow it", $"sudo chown {Environment.UserName} {existing}, or name another with {option}");
        }

        var free = new DriveInfo(existing).AvailableFreeSpace;
        var detail = $"{path}, {SizeText.OfBytes((ulong)free)} free";
        return !needsRoom || free >= Little
            ? Finding.Ok(check, detail)
            : new Finding(check, free < TooLittle ? Outcome.Fail : Outcome.Warn, $"{detail}; a few guests fill that", $"free some space, or name another with {option}");
    }

    private static bool IsWritable(string directory)
    {
        // Permissions alone don't tell: a file system may be read-only, or mapped.
        var probe = Path.Combine(directory, $".qvmc-{Guid.NewGuid():N}");
        try
        {
            using (new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose))
            {
                return true;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}

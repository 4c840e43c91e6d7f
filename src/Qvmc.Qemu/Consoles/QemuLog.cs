namespace Qvmc.Qemu.Consoles;

/// <summary>
/// What a QEMU prints, which it appends to a file itself: nobody stands between, so that it is kept while the daemon is away
/// and never holds QEMU up. When it has grown too long its end is moved aside and it is emptied.
/// </summary>
public static class QemuLog
{
    /// <summary>How long it may get between two looks that find it in order.</summary>
    public const int LongestBytes = 1 << 20;

    /// <summary>Cuts it, if it is too long. What is printed at that very moment may be lost.</summary>
    /// <returns>Whether it was.</returns>
    public static bool Cut(string path)
    {
        try
        {
            // It hardly ever is, and there may be many.
            if (new FileInfo(path) is not { Exists: true, Length: > LongestBytes })
            {
                return false;
            }

            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            var end = new byte[LongestBytes];
            file.Seek(-LongestBytes, SeekOrigin.End);
            var count = file.ReadAtLeast(end, end.Length, throwOnEndOfStream: false);

            // First: on a full disk it is this that makes the room.
            file.SetLength(0);
            Keep(path + ".1", end.AsSpan(0, count));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No log, or no way to it: the next look tries again.
            return false;
        }
    }

    private static void Keep(string path, ReadOnlySpan<byte> end)
    {
        using var older = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            BufferSize = 0,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        older.Write(end);
    }
}

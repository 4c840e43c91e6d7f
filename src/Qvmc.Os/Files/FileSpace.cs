namespace Qvmc.Os.Files;

/// <summary>What files really take: a file with holes takes less than its length.</summary>
public static class FileSpace
{
    /// <summary>Bytes on the disk; 0 when there is no such file.</summary>
    public static long Allocated(string path)
    {
        const int blockBytes = 512;
        return (FileFacts.Of(path)?.Blocks ?? 0) * blockBytes;
    }
}

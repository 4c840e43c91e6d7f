namespace Qvmc.Qemu.Consoles;

/// <summary>The end of a file.</summary>
internal static class FileTail
{
    /// <summary>At most <paramref name="maxBytes"/> from the end; empty when there is no such file.</summary>
    internal static byte[] Read(string path, int maxBytes)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            file.Seek(-Math.Min(maxBytes, file.Length), SeekOrigin.End);
            var tail = new byte[file.Length - file.Position];
            return tail[..file.ReadAtLeast(tail, tail.Length, throwOnEndOfStream: false)];
        }
        catch (IOException)
        {
            return [];
        }
    }
}

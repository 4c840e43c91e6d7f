using Microsoft.Win32.SafeHandles;

namespace Qvmc.Images.Formats;

/// <summary>A file that came from outside, for looking into at places that it names itself.</summary>
internal sealed class ImageBytes(SafeFileHandle file)
{
    internal long Length { get; } = RandomAccess.GetLength(file);

    /// <summary>What is there of so many bytes: fewer at the end, none beyond it.</summary>
    internal byte[] Read(long offset, int count)
    {
        if (offset < 0 || offset >= Length)
        {
            return [];
        }

        var bytes = new byte[Math.Min(count, Length - offset)];
        var read = 0;
        int more;
        while (read < bytes.Length && (more = RandomAccess.Read(file, bytes.AsSpan(read), offset + read)) > 0)
        {
            read += more;
        }

        return bytes[..read];
    }

    /// <summary>Whether so many bytes from there on are in the file. Any values will do.</summary>
    internal bool Holds(ulong offset, ulong count) => offset <= (ulong)Length && count <= (ulong)Length - offset;
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Qvmc.Images.Fetching;

/// <summary>
/// How many bytes of a partial file are on the disk for good: the first line of a file beside it. The number is there twice
/// and within one sector, which disks write whole; should the two differ all the same, none is believed. The second line
/// is the owner's note after its SHA-256: one that was not written whole is none.
/// </summary>
internal sealed class PartialOffset : IDisposable
{
    private const int LineBytes = 34;
    private const int HexBytes = 64;
    private const int MaxNoteBytes = 64 << 10;

    private readonly SafeFileHandle _file;

    private PartialOffset(SafeFileHandle file) => _file = file;

    internal static string PathOf(string partial) => partial + ".offset";

    /// <summary>Opens it, or makes it. The partial file's lock must be held.</summary>
    internal static PartialOffset Open(string partial) =>
        new(File.OpenHandle(PathOf(partial), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite));

    /// <summary>What was recorded last; 0 when nothing was.</summary>
    internal long Read()
    {
        Span<byte> line = stackalloc byte[LineBytes];
        return RandomAccess.Read(_file, line, 0) == LineBytes
            && line[..16].SequenceEqual(line[17..33])
            && long.TryParse(line[..16], NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            ? offset
            : 0;
    }

    /// <summary>Records it; durable when this returns.</summary>
    internal void Write(long offset)
    {
        Span<byte> line = stackalloc byte[LineBytes];
        offset.TryFormat(line, out _, "d16", CultureInfo.InvariantCulture);
        line[16] = (byte)' ';
        line[..16].CopyTo(line[17..]);
        line[33] = (byte)'\n';
        RandomAccess.Write(_file, line, 0);
        RandomAccess.FlushToDisk(_file);
    }

    /// <summary>The note that was written last and whole; null when there is none.</summary>
    internal string? ReadNote()
    {
        var rest = new byte[HexBytes + MaxNoteBytes];
        var line = rest.AsSpan(0, RandomAccess.Read(_file, rest, LineBytes));
        return line.Length > HexBytes && line[..HexBytes].SequenceEqual(Sum(line[HexBytes..]))
            ? Encoding.UTF8.GetString(line[HexBytes..]).Trim()
            : null;
    }

    /// <summary>Replaces the note; durable when this returns.</summary>
    internal void WriteNote(string note)
    {
        var bytes = Encoding.UTF8.GetBytes($" {note}\n");
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, MaxNoteBytes, nameof(note));
        RandomAccess.SetLength(_file, LineBytes);
        RandomAccess.Write(_file, [.. Sum(bytes), .. bytes], LineBytes);
        RandomAccess.FlushToDisk(_file);
    }

    private static byte[] Sum(ReadOnlySpan<byte> bytes) => Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(bytes)));

    public void Dispose() => _file.Dispose();
}

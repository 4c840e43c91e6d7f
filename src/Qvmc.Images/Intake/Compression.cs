using Qvmc.Images.Tools;

namespace Qvmc.Images.Intake;

/// <summary>A way in which images come compressed, told by the first bytes, and the program that undoes it.</summary>
/// <param name="Name">For people.</param>
/// <param name="Program">The program.</param>
/// <param name="Package">Debian's package of it.</param>
/// <param name="Arguments">To read from its input and write to its output, with a bound on memory.</param>
internal sealed record Compression(string Name, string Program, string Package, params IReadOnlyList<string> Arguments)
{
    /// <summary>How much of the beginning tells.</summary>
    internal const int HeadLength = 6;

    private static readonly Compression Gzip = new("gzip", "gzip", "gzip", "-dc");

    // On one thread: the decoder for several has had a hole (CVE-2025-31115).
    private static readonly Compression Xz = new("xz", "xz", "xz-utils", "-dc", "-T1", "--format=xz", "--memlimit-decompress=1GiB");

    private static readonly Compression Zstd = new("zstd", "zstd", "zstd", "-dc", "--format=zstd", "--memory=1024MB", "--no-progress", "-q");

    /// <summary>How a stream that begins so is compressed; null: not, or not in a way that is undone here.</summary>
    internal static Compression? Of(ReadOnlySpan<byte> head) => head switch
    {
        _ when head.StartsWith<byte>([0x1f, 0x8b]) => Gzip,
        _ when head.StartsWith<byte>([0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0]) => Xz,
        _ when head.StartsWith<byte>([0x28, 0xb5, 0x2f, 0xfd]) => Zstd,

        // A skippable frame: parallel compressors begin with one.
        _ when head.Length >= 4 && head[1..].StartsWith<byte>([0x2a, 0x4d, 0x18]) && head[0] >> 4 == 5 => Zstd,
        _ => null,
    };

    /// <summary>Whether what came of a file so far is compressed.</summary>
    internal static bool IsSeen(PartialFile file)
    {
        Span<byte> head = stackalloc byte[HeadLength];
        return file.Length >= HeadLength && RandomAccess.Read(file.Handle, head, 0) == HeadLength && Of(head) is not null;
    }

    internal Tool Tool(TimeProvider time) => new(Program, Package, Program, time);
}

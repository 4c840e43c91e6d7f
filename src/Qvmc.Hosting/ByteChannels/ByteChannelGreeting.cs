using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;

namespace Qvmc.Hosting.ByteChannels;

/// <summary>
/// What a connection begins with that is a channel: <c>qvmc-bytes/1 NAME</c> and a line feed, NAME being 32 of 0-9 and
/// a-f. HTTP/2 begins otherwise ("PRI"), so that the first bytes tell which it is.
/// </summary>
internal static class ByteChannelGreeting
{
    private const int NameLength = 32;

    /// <summary>Bytes of a greeting.</summary>
    internal static readonly int Length = Magic.Length + NameLength + 1;

    private static ReadOnlySpan<byte> Magic => "qvmc-bytes/1 "u8;

    /// <summary>A name that nobody can guess.</summary>
    internal static string NewName() => RandomNumberGenerator.GetHexString(NameLength, lowercase: true);

    internal static bool IsName(string name) => name.Length == NameLength && name.All(char.IsAsciiHexDigitLower);

    internal static byte[] Of(string name) => [.. Magic, .. Encoding.ASCII.GetBytes(name), (byte)'\n'];

    /// <summary>Reads a greeting. What does not begin with one is left as it is.</summary>
    /// <returns>The name; null: it is none.</returns>
    internal static async ValueTask<string?> ReadAsync(PipeReader input, CancellationToken ct)
    {
        while (true)
        {
            var read = await input.ReadAsync(ct);
            var begin = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, Length)).ToArray();
            if (!IsBeginning(begin) || (read.IsCompleted && begin.Length < Length))
            {
                input.AdvanceTo(read.Buffer.Start, read.Buffer.Start);
                return null;
            }
            if (begin.Length == Length)
            {
                input.AdvanceTo(read.Buffer.GetPosition(Length));
                return Encoding.ASCII.GetString(begin, Magic.Length, NameLength);
            }
            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static bool IsBeginning(ReadOnlySpan<byte> bytes) =>
        Magic.StartsWith(bytes[..Math.Min(bytes.Length, Magic.Length)]) && (bytes.Length < Length || bytes[^1] == '\n');
}

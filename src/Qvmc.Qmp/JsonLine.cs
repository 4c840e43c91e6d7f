using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Qvmc.Qmp;

/// <summary>Turns one line into a JSON object whose every string can be read without an exception.</summary>
internal static class JsonLine
{
    private const int ExcerptBytes = 60;

    public static bool IsBlank(ReadOnlySequence<byte> line)
    {
        foreach (var part in line)
        {
            if (part.Span.ContainsAnyExcept((byte)' ', (byte)'\t', (byte)'\r'))
            {
                return false;
            }
        }
        return true;
    }

    public static MessageRead Parse(ReadOnlySequence<byte> line, int maxDepth)
    {
        // The JSON reader looks at neither of the two before somebody reads the string, and throws then.
        if (!Utf8Text.IsValid(line))
        {
            return Fault("a message is not UTF-8", line);
        }
        JsonElement element;
        try
        {
            var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = maxDepth });
            element = JsonElement.ParseValue(ref reader);
            // Throws if anything but white space follows.
            reader.Read();
        }
        catch (JsonException e)
        {
            // The parser quotes what it does not know as it is.
            return Fault($"a message is not JSON ({string.Concat(e.Message.TrimEnd('.').Select(c => char.IsControl(c) ? '?' : c))})", line);
        }
        if (!Utf8Text.SurrogatesArePaired(line))
        {
            return Fault("a message has half of a surrogate pair in a string", line);
        }
        return element.ValueKind == JsonValueKind.Object
            ? MessageRead.Message(element, line.Length)
            : Fault("a message is not a JSON object", line);
    }

    private static MessageRead Fault(string violation, ReadOnlySequence<byte> line)
    {
        Span<byte> bytes = stackalloc byte[ExcerptBytes];
        var start = line.Slice(0, Math.Min(line.Length, ExcerptBytes));
        start.CopyTo(bytes);
        var text = new StringBuilder($"{violation}: ");
        foreach (var b in bytes[..(int)start.Length])
        {
            // Backslash too, so that what was escaped here can be told from what came so.
            text.Append(b is >= 0x20 and < 0x7F and not (byte)'\\' ? ((char)b).ToString() : string.Create(CultureInfo.InvariantCulture, $"\\x{b:x2}"));
        }
        return MessageRead.Fault(text.Append(line.Length > ExcerptBytes ? "..." : "").ToString(), line.Length);
    }
}

using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Qvmc.Core.Json;

/// <summary>Reads JSON into <see cref="JsonSpot"/>s.</summary>
public static class JsonText
{
    // Deeper than any message of ours, and less than the parsers' own recursion limits.
    private const int MaxDepth = 64;

    /// <summary>Reads one JSON value. Strict, but for <c>//</c> and <c>/* */</c> comments where they are allowed.</summary>
    /// <param name="utf8">The text; a byte order mark is skipped.</param>
    /// <param name="allowComments">Whether comments are.</param>
    /// <param name="value">The value, when there is no fault.</param>
    /// <returns>The first fault of the syntax, or null.</returns>
    public static JsonFault? Read(ReadOnlySpan<byte> utf8, bool allowComments, out JsonSpot value)
    {
        value = JsonSpot.NewObject();
        if (utf8.StartsWith("\uFEFF"u8))
        {
            utf8 = utf8[3..];
        }
        if (!Utf8.IsValid(utf8))
        {
            return new JsonFault(InvalidUtf8(utf8), "", "is not valid UTF-8");
        }
        var lines = new JsonLines(utf8);
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions
        {
            CommentHandling = allowComments ? JsonCommentHandling.Skip : JsonCommentHandling.Disallow,
            MaxDepth = MaxDepth,
        });
        try
        {
            reader.Read();
            value = ReadValue(ref reader, ref lines);
            reader.Read();
            return null;
        }
        catch (JsonException e)
        {
            var line = (int)(e.LineNumber ?? 0) + 1;
            var message = e.Message;
            var place = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
            return new JsonFault(lines.At(line, (int)(e.BytePositionInLine ?? 0)), "", $"is not valid JSON: {(place < 0 ? message : message[..place])}");
        }
        catch (InvalidOperationException)
        {
            // An escape of half a surrogate pair: no text in UTF-8 says that.
            return new JsonFault(lines.At(reader.TokenStartIndex), "", "has a string with an escaped half of a surrogate pair");
        }
    }

    private static JsonSpot ReadValue(ref Utf8JsonReader reader, ref JsonLines lines)
    {
        var position = lines.At(reader.TokenStartIndex);
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var obj = new JsonSpot(JsonValueKind.Object, position);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var place = lines.At(reader.TokenStartIndex);
                    var name = reader.GetString()!;
                    reader.Read();
                    obj.Members.Add(new JsonMember(name, place, ReadValue(ref reader, ref lines)));
                }
                return obj;
            case JsonTokenType.StartArray:
                var array = new JsonSpot(JsonValueKind.Array, position);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    array.Items.Add(ReadValue(ref reader, ref lines));
                }
                return array;
            case JsonTokenType.String:
                return new JsonSpot(JsonValueKind.String, position) { Text = reader.GetString()! };
            case JsonTokenType.Number:
                return new JsonSpot(JsonValueKind.Number, position) { Text = Encoding.UTF8.GetString(reader.ValueSpan) };
            case JsonTokenType.True:
                return new JsonSpot(JsonValueKind.True, position);
            case JsonTokenType.False:
                return new JsonSpot(JsonValueKind.False, position);
            default:
                return new JsonSpot(JsonValueKind.Null, position);
        }
    }

    private static JsonPosition InvalidUtf8(ReadOnlySpan<byte> utf8)
    {
        var valid = 0;
        while (Rune.DecodeFromUtf8(utf8[valid..], out _, out var length) == System.Buffers.OperationStatus.Done)
        {
            valid += length;
        }
        return new JsonLines(utf8).At(valid);
    }
}

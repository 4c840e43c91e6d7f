using System.Text.Json;

namespace Qvmc.Core.Json;

/// <summary>
/// A JSON value that knows where it was written. Unlike <see cref="JsonElement"/> it keeps the place of every
/// value and every member, also of those given twice.
/// </summary>
/// <param name="kind">What the value is.</param>
/// <param name="position">Where it begins.</param>
public sealed class JsonSpot(JsonValueKind kind, JsonPosition position)
{
    /// <summary>What the value is.</summary>
    public JsonValueKind Kind { get; } = kind;

    /// <summary>Where it begins.</summary>
    public JsonPosition Position { get; } = position;

    /// <summary>The text of a string, or a number as it was written; else empty.</summary>
    public string Text { get; init; } = "";

    /// <summary>Members of an object in the order they were written.</summary>
    public List<JsonMember> Members { get; } = [];

    /// <summary>Elements of an array.</summary>
    public List<JsonSpot> Items { get; } = [];

    /// <summary>A string that was not in a document, such as one from a query.</summary>
    public static JsonSpot Of(string text) => new(JsonValueKind.String, JsonPosition.None) { Text = text };

    /// <summary>An empty object that was not in a document.</summary>
    public static JsonSpot NewObject() => new(JsonValueKind.Object, JsonPosition.None);

    /// <summary>An empty array that was not in a document.</summary>
    public static JsonSpot NewArray() => new(JsonValueKind.Array, JsonPosition.None);

    /// <summary>Writes the value as strict JSON.</summary>
    public void WriteTo(Utf8JsonWriter writer)
    {
        switch (Kind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in Members)
                {
                    writer.WritePropertyName(member.Name);
                    member.Value.WriteTo(writer);
                }
                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in Items)
                {
                    item.WriteTo(writer);
                }
                writer.WriteEndArray();
                break;
            case JsonValueKind.String:
                writer.WriteStringValue(Text);
                break;
            case JsonValueKind.Number:
                writer.WriteRawValue(Text);
                break;
            case JsonValueKind.True or JsonValueKind.False:
                writer.WriteBooleanValue(Kind == JsonValueKind.True);
                break;
            case JsonValueKind.Null or JsonValueKind.Undefined:
                writer.WriteNullValue();
                break;
        }
    }

    /// <summary>The value for a message to a person: short, and with its kind when it has parts.</summary>
    public string Describe() => Kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => $"\"{Shorten(Text)}\"",
        JsonValueKind.Number => Shorten(Text),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => "null",
    };

    private static string Shorten(string text) => text.Length <= 60 ? text : string.Concat(text.AsSpan(0, 57), "...");
}

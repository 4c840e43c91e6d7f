using System.Buffers;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Qvmc.Core.Json;

/// <summary>
/// Reads messages from JSON and says everything that is wrong with it, with place and field. Google.Protobuf's
/// <see cref="JsonParser"/> has the last word on what is allowed; but it stops at the first fault, doesn't say
/// where it is, and lets the second of two spellings of one field win.
/// </summary>
public static class ProtoJson
{
    /// <summary>Reads a message.</summary>
    public static ProtoJsonResult Read(JsonSpot json, MessageDescriptor type)
    {
        var walk = new ProtoJsonWalk();
        var checkedJson = walk.Check(json, type);
        if (walk.Faults.Count > 0)
        {
            return new ProtoJsonResult(null, walk.Faults, walk.Places);
        }
        try
        {
            return new ProtoJsonResult(JsonParser.Default.Parse(Write(checkedJson), type), [], walk.Places);
        }
        catch (Exception e) when (IsRefusal(e))
        {
            return new ProtoJsonResult(null, [new JsonFault(json.Position, "", e.Message)], walk.Places);
        }
    }

    /// <summary>What the parser says of one value of one field, or null when it takes it.</summary>
    internal static string? Refusal(JsonSpot value, FieldDescriptor field)
    {
        var json = JsonSpot.NewObject();
        var inner = value;
        if (field.IsRepeated && !field.IsMap)
        {
            inner = JsonSpot.NewArray();
            inner.Items.Add(value);
        }
        json.Members.Add(new JsonMember(field.Name, JsonPosition.None, inner));
        try
        {
            JsonParser.Default.Parse(Write(json), field.ContainingType);
            return null;
        }
        catch (Exception e) when (IsRefusal(e))
        {
            return e.Message;
        }
    }

    private static string Write(JsonSpot json)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            json.WriteTo(writer);
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    // What JsonParser throws on input it does not take.
    private static bool IsRefusal(Exception e) =>
        e is InvalidProtocolBufferException or InvalidJsonException or FormatException or OverflowException or ArgumentException;
}

using System.Globalization;
using System.Text.Json;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace Qvmc.Core.Json;

/// <summary>Checks values that have no fields of their own.</summary>
public static class ProtoJsonLeaf
{
    /// <summary>Whether JSON has a form of its own for this message, other than an object of its fields.</summary>
    public static bool IsLeaf(MessageDescriptor type) => type.File.Package == "google.protobuf";

    /// <summary>
    /// A mask as the parser wants it. It takes "spec.memoryMib" only; people write "spec.memory_mib", as the protos do.
    /// </summary>
    internal static JsonSpot Mask(JsonSpot value)
    {
        if (value.Kind != JsonValueKind.String || !value.Text.Contains('_', StringComparison.Ordinal))
        {
            return value;
        }
        var words = value.Text.Split('_');
        var camel = words[0] + string.Concat(words.Skip(1).Select(word => word.Length == 0 ? "_" : char.ToUpperInvariant(word[0]) + word[1..]));
        return new JsonSpot(JsonValueKind.String, value.Position) { Text = camel };
    }

    /// <summary>What is wrong with a value, or null.</summary>
    internal static string? Check(JsonSpot value, FieldDescriptor field)
    {
        if (field.FieldType == FieldType.Enum)
        {
            return CheckEnum(value, field.EnumType);
        }
        var isText = value.Kind == JsonValueKind.String;
        if (field.FieldType == FieldType.String)
        {
            return isText ? null : $"wants a string; got {value.Describe()}";
        }
        var refused = value.Kind == JsonValueKind.Null || ProtoJson.Refusal(value, field) is not null;
        return refused ? $"wants {Wanted(field)}; got {value.Describe()}" : null;
    }

    private static string? CheckEnum(JsonSpot value, EnumDescriptor type)
    {
        var known = value.Kind switch
        {
            JsonValueKind.String => type.FindValueByName(value.Text) is not null,
            JsonValueKind.Number => int.TryParse(value.Text, CultureInfo.InvariantCulture, out var number) && type.FindValueByNumber(number) is not null,
            _ => false,
        };
        return known ? null : $"wants one of {string.Join(", ", type.Values.Select(v => v.Name))}; got {value.Describe()}";
    }

    private static string Wanted(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Bool => "true or false",
        FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 => $"a whole number from {int.MinValue} to {int.MaxValue}",
        FieldType.UInt32 or FieldType.Fixed32 => $"a whole number from 0 to {uint.MaxValue}",
        FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 => $"a whole number from {long.MinValue} to {long.MaxValue}",
        FieldType.UInt64 or FieldType.Fixed64 => $"a whole number from 0 to {ulong.MaxValue}",
        FieldType.Float or FieldType.Double => "a number",
        FieldType.Bytes => "base64 in a string",
        FieldType.Message when field.MessageType == Duration.Descriptor => "seconds in a string, such as \"30s\" or \"1.5s\"",
        FieldType.Message when field.MessageType == Timestamp.Descriptor => "a time in a string, such as \"2026-01-31T12:00:00Z\"",
        FieldType.Message when field.MessageType == FieldMask.Descriptor => "names of fields in a string, with commas between",
        _ => "another kind of value",
    };
}

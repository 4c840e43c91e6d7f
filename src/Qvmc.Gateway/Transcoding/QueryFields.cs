using System.Text.Json;
using Google.Protobuf.Reflection;
using Microsoft.AspNetCore.Http;
using Qvmc.Core.Faults;
using Qvmc.Core.Json;

namespace Qvmc.Gateway.Transcoding;

/// <summary>
/// Puts a query's parameters into a request: <c>page_size=10</c>, <c>filter.node=a</c>, a list by repeating its name.
/// Values of enums may leave out the prefix that they have in common.
/// </summary>
internal static class QueryFields
{
    /// <summary>Adds what the query says to a request.</summary>
    public static void Add(IQueryCollection query, MessageDescriptor type, JsonSpot request, List<FieldFault> faults)
    {
        foreach (var (name, values) in query)
        {
            foreach (var value in values)
            {
                Add(name, value ?? "", type, request, faults);
            }
        }
    }

    /// <summary>Adds one value to a request.</summary>
    public static void Add(string name, string value, MessageDescriptor type, JsonSpot request, List<FieldFault> faults)
    {
        var parts = name.Split('.');
        for (var i = 0; ; i++)
        {
            var field = Find(type, parts[i]);
            var isLast = i == parts.Length - 1;
            if (field is null)
            {
                var near = NearestName.Find(parts[i], type.Fields.InDeclarationOrder().Select(f => f.Name));
                faults.Add(new FieldFault(name, near is null ? "is not a parameter of this method" : $"is not a parameter of this method; did you mean \"{string.Join('.', [.. parts[..i], near])}\"?"));
                return;
            }
            if (field.IsMap || (isLast != IsValue(field)) || (field.IsRepeated && !isLast))
            {
                faults.Add(new FieldFault(name, isLast && !field.IsMap ? "has fields of its own; give one of them, with a dot between" : "can't be given in a query"));
                return;
            }
            if (isLast)
            {
                AddValue(request, field, parts[i], ToJson(value, field));
                return;
            }
            request = Inner(request, field, parts[i]);
            type = field.MessageType;
        }
    }

    private static void AddValue(JsonSpot parent, FieldDescriptor field, string written, JsonSpot value)
    {
        if (!field.IsRepeated)
        {
            // Given twice: both are added, and the reader of the request says so.
            parent.Members.Add(new JsonMember(written, JsonPosition.None, value));
            return;
        }
        var list = Existing(parent, field)?.Value;
        if (list is null)
        {
            list = JsonSpot.NewArray();
            parent.Members.Add(new JsonMember(written, JsonPosition.None, list));
        }
        list.Items.Add(value);
    }

    private static JsonSpot Inner(JsonSpot parent, FieldDescriptor field, string written)
    {
        if (Existing(parent, field) is { } existing)
        {
            return existing.Value;
        }
        var inner = JsonSpot.NewObject();
        parent.Members.Add(new JsonMember(written, JsonPosition.None, inner));
        return inner;
    }

    private static JsonMember? Existing(JsonSpot parent, FieldDescriptor field)
    {
        var at = parent.Members.FindIndex(member => member.Name == field.Name || member.Name == field.JsonName);
        return at < 0 ? null : parent.Members[at];
    }

    private static bool IsValue(FieldDescriptor field) => field.FieldType != FieldType.Message || field.MessageType.File.Package == "google.protobuf";

    private static JsonSpot ToJson(string value, FieldDescriptor field)
    {
        if (field.FieldType == FieldType.Bool && value is "true" or "false")
        {
            return new JsonSpot(value == "true" ? JsonValueKind.True : JsonValueKind.False, JsonPosition.None);
        }
        if (field.FieldType == FieldType.Enum && field.EnumType.FindValueByName(value) is null)
        {
            var prefix = field.EnumType.Values[0].Name.Replace("UNSPECIFIED", "", StringComparison.Ordinal);
            var full = prefix + value.ToUpperInvariant().Replace('-', '_');
            return JsonSpot.Of(field.EnumType.FindValueByName(full) is null ? value : full);
        }
        return JsonSpot.Of(value);
    }

    private static FieldDescriptor? Find(MessageDescriptor type, string name) =>
        type.Fields.InDeclarationOrder().FirstOrDefault(field => field.Name == name || field.JsonName == name);
}

using System.Text.Json.Nodes;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Qvmc.Hosting.Json;

namespace Qvmc.Gateway.OpenApi;

/// <summary>Messages and enums as JSON schemas, in protobuf's JSON mapping, with the protos' comments.</summary>
internal sealed class OpenApiSchemas(ProtoComments comments)
{
    private readonly Dictionary<string, IDescriptor> _owners = [];

    /// <summary>Every schema that was referred to, by name.</summary>
    public JsonObject Components { get; } = [];

    /// <summary>A reference to the schema of a message.</summary>
    public JsonObject Reference(MessageDescriptor type)
    {
        if (Claim(type))
        {
            // Claimed before its fields are looked at: a message may hold itself.
            Components[type.Name] = new JsonObject();
            Components[type.Name] = Object(type, []);
        }
        return Link(type.Name);
    }

    /// <summary>The schema of a request's body: a message without the fields that the path gives. Takes no others.</summary>
    public JsonObject Body(MessageDescriptor type, IReadOnlyCollection<string> withoutFields)
    {
        if (Claim(type))
        {
            var schema = Object(type, withoutFields);
            schema["additionalProperties"] = false;
            Components[type.Name] = schema;
        }
        return Link(type.Name);
    }

    /// <summary>The schema of a field's value, with the field's comment.</summary>
    public JsonObject Of(FieldDescriptor field)
    {
        var schema = field.IsMap
            ? new JsonObject { ["type"] = "object", ["additionalProperties"] = Value(field.MessageType.FindFieldByNumber(2)) }
            : field.IsRepeated
            ? new JsonObject { ["type"] = "array", ["items"] = Value(field) }
            : Value(field);
        if (Comment(field) is { Length: > 0 } comment)
        {
            schema["description"] = comment;
        }
        return schema;
    }

    /// <summary>A comment as Markdown: its line ends mean nothing.</summary>
    public string Comment(IDescriptor descriptor) => comments.Of(descriptor).Replace('\n', ' ');

    private JsonObject Object(MessageDescriptor type, IReadOnlyCollection<string> withoutFields)
    {
        var properties = new JsonObject();
        foreach (var field in type.Fields.InDeclarationOrder().Where(field => !withoutFields.Contains(field.Name)))
        {
            properties[field.JsonName] = Of(field);
        }
        var schema = new JsonObject { ["type"] = "object", ["description"] = Comment(type), ["properties"] = properties };
        return schema;
    }

    private JsonObject Value(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Message => Message(field.MessageType),
        FieldType.Enum => Enum(field.EnumType),
        FieldType.Bool => Typed("boolean"),
        FieldType.Bytes => new JsonObject { ["type"] = "string", ["contentEncoding"] = "base64" },
        FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 => Typed("integer", "int32"),
        FieldType.UInt32 or FieldType.Fixed32 => new JsonObject { ["type"] = "integer", ["minimum"] = 0, ["maximum"] = uint.MaxValue },
        // 64 bits don't fit into JavaScript's numbers: protobuf writes them as strings.
        FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 => new JsonObject { ["type"] = "string", ["pattern"] = "^-?[0-9]{1,19}$" },
        FieldType.UInt64 or FieldType.Fixed64 => new JsonObject { ["type"] = "string", ["pattern"] = "^[0-9]{1,20}$" },
        FieldType.Float or FieldType.Double => Typed("number"),
        _ => Typed("string"),
    };

    private JsonObject Message(MessageDescriptor type)
    {
        if (type == Timestamp.Descriptor)
        {
            return Typed("string", "date-time");
        }
        if (type == Duration.Descriptor)
        {
            return new JsonObject { ["type"] = "string", ["pattern"] = @"^-?[0-9]+(\.[0-9]{1,9})?s$", ["examples"] = new JsonArray("30s") };
        }
        return type == FieldMask.Descriptor
            ? new JsonObject { ["type"] = "string", ["examples"] = new JsonArray("spec.cpus,labels") }
            : Reference(type);
    }

    private JsonObject Enum(EnumDescriptor type)
    {
        if (Claim(type))
        {
            // The index of a value is under its enum's name in the comments.
            var meanings = type.Values.Select(value => $"* `{value.Name}`: {comments.Of($"{type.FullName}.{value.Name}").Replace('\n', ' ')}");
            Components[type.Name] = new JsonObject
            {
                ["type"] = "string",
                ["description"] = $"{Comment(type)}\n\n{string.Join('\n', meanings)}",
                ["enum"] = new JsonArray([.. type.Values.Select(value => (JsonNode)JsonValue.Create(value.Name))]),
            };
        }
        return Link(type.Name);
    }

    // Short names read better than full ones; two messages of one name would need another.
    private bool Claim(IDescriptor type) => _owners.TryAdd(type.Name, type) || (_owners[type.Name] == type
        ? false
        : throw new InvalidOperationException($"{type.FullName} and {_owners[type.Name].FullName} would have one schema"));

    private static JsonObject Link(string name) => new() { ["$ref"] = $"#/components/schemas/{name}" };

    private static JsonObject Typed(string type, string? format = null)
    {
        var schema = new JsonObject { ["type"] = type };
        if (format is not null)
        {
            schema["format"] = format;
        }
        return schema;
    }
}

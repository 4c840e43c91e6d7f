using System.Text.Json.Nodes;
using Google.Protobuf.Reflection;
using Qvmc.Gateway.Transcoding;

namespace Qvmc.Gateway.OpenApi;

/// <summary>The bindings of methods as OpenAPI operations.</summary>
internal sealed class OpenApiOperations(OpenApiSchemas schemas)
{
    /// <summary>One way to call a method.</summary>
    /// <param name="binding">The way.</param>
    /// <param name="responses">The answers; null: those of JSON.</param>
    public JsonObject Of(HttpBinding binding, JsonObject? responses = null)
    {
        var method = binding.Method;
        var comment = schemas.Comment(method);
        var operation = new JsonObject
        {
            ["operationId"] = char.ToLowerInvariant(method.Name[0]) + method.Name[1..],
            ["tags"] = new JsonArray(method.Service.Name),
            ["summary"] = FirstSentence(comment),
            ["description"] = comment,
        };
        var parameters = Parameters(binding);
        if (parameters.Count > 0)
        {
            operation["parameters"] = parameters;
        }
        if (binding.Body.Length > 0)
        {
            operation["requestBody"] = new JsonObject { ["required"] = false, ["content"] = Content("application/json", BodySchema(binding)) };
        }
        operation["responses"] = responses ?? Responses(binding);
        return operation;
    }

    /// <summary>What a request is answered with that fails.</summary>
    public static JsonObject WithProblems(JsonObject ok, string status = "200") => new()
    {
        [status] = ok,
        ["4XX"] = new JsonObject { ["$ref"] = "#/components/responses/Problem" },
        ["5XX"] = new JsonObject { ["$ref"] = "#/components/responses/Problem" },
    };

    public static JsonObject Content(string mediaType, JsonObject schema) => new() { [mediaType] = new JsonObject { ["schema"] = schema } };

    private JsonObject BodySchema(HttpBinding binding) => binding.BodyField is { } field
        ? schemas.Of(field)
        : schemas.Body(binding.Method.InputType, [.. binding.Path.Fields]);

    private JsonArray Parameters(HttpBinding binding)
    {
        var inPath = binding.Path.Fields.ToHashSet();
        var parameters = new JsonArray();
        foreach (var field in inPath.Select(name => binding.Method.InputType.FindFieldByName(name)))
        {
            parameters.Add((JsonNode)Parameter(field.Name, "path", field, required: true));
        }
        if (binding.Body != "*")
        {
            AddQuery(parameters, binding.Method.InputType, "", field => !inPath.Contains(field.Name) && field != binding.BodyField);
        }
        if (binding.Verb != "GET" && binding.Method.InputType.FindFieldByName("etag") is not null)
        {
            parameters.Add((JsonNode)Shared("IfMatch"));
        }
        if (binding.Method.IsServerStreaming && binding.Method.InputType.FindFieldByName("resume_token") is not null)
        {
            parameters.Add((JsonNode)Shared("LastEventId"));
        }
        parameters.Add((JsonNode)Shared("Timeout"));
        return parameters;
    }

    private void AddQuery(JsonArray parameters, MessageDescriptor type, string prefix, Func<FieldDescriptor, bool> included)
    {
        foreach (var field in type.Fields.InDeclarationOrder().Where(included).Where(field => !field.IsMap))
        {
            var isMessage = field.FieldType == FieldType.Message && field.MessageType.File.Package != "google.protobuf";
            if (!isMessage)
            {
                parameters.Add((JsonNode)Parameter(prefix + field.JsonName, "query", field, required: false));
            }
            else if (!field.IsRepeated)
            {
                AddQuery(parameters, field.MessageType, $"{prefix}{field.JsonName}.", _ => true);
            }
        }
    }

    private JsonObject Parameter(string name, string place, FieldDescriptor field, bool required)
    {
        var schema = schemas.Of(field);
        schema.Remove("description");
        return new JsonObject
        {
            ["name"] = name,
            ["in"] = place,
            ["required"] = required,
            ["description"] = schemas.Comment(field),
            ["schema"] = schema,
        };
    }

    private JsonObject Responses(HttpBinding binding)
    {
        var output = binding.Method.OutputType;
        if (binding.Method.IsServerStreaming)
        {
            // A stream's schema is that of its messages: of the "data" of each event, and of each line.
            var content = Content("text/event-stream", schemas.Reference(output));
            content["application/x-ndjson"] = new JsonObject { ["schema"] = schemas.Reference(output) };
            return WithProblems(new JsonObject { ["description"] = $"{schemas.Comment(output)} Each event's data, or each line, is one.", ["content"] = content });
        }
        var body = binding.ResponseField?.MessageType ?? output;
        var ok = new JsonObject { ["description"] = schemas.Comment(output), ["content"] = Content("application/json", schemas.Reference(body)) };
        if (body.FindFieldByName("etag") is not null || body.FindFieldByName("instance") is { IsRepeated: false })
        {
            ok["headers"] = new JsonObject { ["ETag"] = new JsonObject { ["$ref"] = "#/components/headers/ETag" } };
        }
        return WithProblems(ok);
    }

    private static JsonObject Shared(string name) => new() { ["$ref"] = $"#/components/parameters/{name}" };

    private static string FirstSentence(string comment)
    {
        var end = comment.IndexOf(". ", StringComparison.Ordinal);
        return (end < 0 ? comment : comment[..end]).TrimEnd('.');
    }
}

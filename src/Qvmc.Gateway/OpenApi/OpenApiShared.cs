using System.Text.Json.Nodes;
using Qvmc.Core.Faults;
using Qvmc.Gateway.Problems;

namespace Qvmc.Gateway.OpenApi;

/// <summary>The parts of the document that no proto says: what HTTP adds.</summary>
internal static class OpenApiShared
{
    public static JsonObject Parameters() => new()
    {
        ["IfMatch"] = Header("If-Match", "The etag that the instance must have, in double quotes, as ETag gave it. Otherwise nothing is done, and the answer is 412."),
        ["LastEventId"] = Header("Last-Event-ID", "Resumes after the event with this id. Browsers send it by themselves; it goes before resumeToken."),
        ["Timeout"] = Header("Grpc-Timeout", "How long the call may take: at most 8 digits and one of H, M, S, m, u, n. Then the answer is 504.", "30S"),
    };

    public static JsonObject Headers() => new()
    {
        ["ETag"] = new JsonObject { ["description"] = "The instance's etag, for If-Match.", ["schema"] = Text() },
    };

    public static JsonObject Responses() => new()
    {
        ["Problem"] = new JsonObject
        {
            ["description"] = "Nothing was done, or not what was asked: the problem says why.",
            ["content"] = OpenApiOperations.Content("application/problem+json", new JsonObject { ["$ref"] = "#/components/schemas/Problem" }),
        },
    };

    /// <summary>The schema of a problem.</summary>
    public static JsonObject Problem() => new()
    {
        ["type"] = "object",
        ["description"] = "What went wrong (RFC 9457).",
        ["required"] = new JsonArray("type", "title", "status", "detail", "instance"),
        ["properties"] = new JsonObject
        {
            ["type"] = new JsonObject
            {
                ["type"] = "string",
                ["description"] = "The kind of problem: programs may go by it.",
                ["examples"] = new JsonArray([.. Enum.GetValues<FaultCode>().Select(code => (JsonNode)JsonValue.Create($"urn:qvmc:problem:{ProblemKinds.Of(code).Kind}"))]),
            },
            ["title"] = Text("The kind for people."),
            ["status"] = new JsonObject { ["type"] = "integer", ["description"] = "The HTTP status." },
            ["detail"] = Text("What was asked, what is so, and what to do."),
            ["instance"] = Text("The path that was asked."),
            ["errors"] = new JsonObject
            {
                ["type"] = "array",
                ["description"] = "Every field at fault, spelled as in the request.",
                ["items"] = new JsonObject
                {
                    ["type"] = "object",
                    ["required"] = new JsonArray("field", "message"),
                    ["properties"] = new JsonObject { ["field"] = Text("Path of the field."), ["message"] = Text("What is wrong with it.") },
                },
            },
        },
    };

    private static JsonObject Header(string name, string description, string? example = null)
    {
        var header = new JsonObject { ["name"] = name, ["in"] = "header", ["required"] = false, ["description"] = description, ["schema"] = Text() };
        if (example is not null)
        {
            header["example"] = example;
        }
        return header;
    }

    private static JsonObject Text(string? description = null)
    {
        var schema = new JsonObject { ["type"] = "string" };
        if (description is not null)
        {
            schema["description"] = description;
        }
        return schema;
    }
}

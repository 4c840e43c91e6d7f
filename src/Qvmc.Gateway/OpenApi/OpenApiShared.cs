using System.Text.Json.Nodes;
using Qvmc.Core.Faults;
using Qvmc.Gateway.Problems;
using Qvmc.Gateway.Tus;

namespace Qvmc.Gateway.OpenApi;

/// <summary>The parts of the document that no proto says: what HTTP adds.</summary>
internal static class OpenApiShared
{
    public static JsonObject Parameters() => new()
    {
        ["IfMatch"] = Header("If-Match", "The etag that the instance must have, in double quotes, as ETag gave it. Otherwise nothing is done, and the answer is 412."),
        ["IfNoneMatch"] = Header("If-None-Match", "The etag of what the client has already; if it is still that, the answer is 304."),
        ["IfRange"] = Header("If-Range", "The etag that Range is meant for; if it is another by now, the whole is sent."),
        ["Range"] = Header("Range", "Which bytes are wanted; one range. Of several, or of other units, the whole is sent.", "bytes=1048576-"),
        ["LastEventId"] = Header("Last-Event-ID", "Resumes after the event with this id. Browsers send it by themselves; it goes before resumeToken."),
        ["Timeout"] = Header("Grpc-Timeout", "How long the call may take: at most 8 digits and one of H, M, S, m, u, n. Then the answer is 504.", "30S"),
        ["UploadId"] = new JsonObject { ["name"] = "id", ["in"] = "path", ["required"] = true, ["description"] = "The upload, as Location named it.", ["schema"] = Text() },
        ["TusResumable"] = Header(TusHeaders.Resumable, "The version of tus that the client speaks; another is 412.", TusHeaders.Protocol, required: true),
        ["UploadLength"] = Header(TusHeaders.Length, "How many bytes the whole upload has.", "2147483648", required: true),
        ["UploadMetadata"] = Header(TusHeaders.Metadata, "What is coming, each value in Base64: name, format, digest and replace, as in UploadHeader.", "name ZGViaWFuOjEy,format cWNvdzI=", required: true),
        ["UploadOffset"] = Header(TusHeaders.Offset, "Where the bytes belong: as many as the server has.", "0", required: true),
    };

    public static JsonObject Headers() => new()
    {
        ["ETag"] = Told("Of an instance: for If-Match. Of an image's bytes: their digest."),
        ["AcceptRanges"] = Told("Ranges of bytes are served."),
        ["ContentRange"] = Told("Which bytes these are, of how many."),
        ["ContentDisposition"] = Told("A name for the file."),
        ["ReprDigest"] = Told("SHA-256 of the whole (RFC 9530)."),
        ["Location"] = Told("Where the upload is."),
        ["TusResumable"] = Told("The version of tus that is spoken."),
        ["TusVersion"] = Told("The versions of tus that are spoken."),
        ["TusExtension"] = Told("The extensions of tus that are offered."),
        ["TusMaxSize"] = Told("The largest upload, in bytes."),
        ["UploadOffset"] = Told("How many bytes the server has for good."),
        ["UploadLength"] = Told("How many bytes the whole upload has."),
        ["UploadMetadata"] = Told("What is coming, as it was announced."),
        ["UploadExpires"] = Told("When the upload is thrown away unless something more comes. Not of one that is complete."),
        ["QvmcImage"] = Told("The name of the image, when the last byte has come and it is made."),
    };

    /// <summary>The headers of a response, by the names that <see cref="Headers"/> has for them.</summary>
    public static JsonObject HeaderLinks(IEnumerable<string> names) =>
        new(names.Select(name => KeyValuePair.Create(HeaderName(name), (JsonNode?)new JsonObject { ["$ref"] = $"#/components/headers/{name}" })));

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

    // "UploadOffset" is Upload-Offset; ETag is written as one word.
    private static string HeaderName(string name) =>
        name == "ETag" ? name : string.Concat(name.Select((c, i) => i > 0 && char.IsUpper(c) ? $"-{c}" : $"{c}"));

    private static JsonObject Told(string description) => new() { ["description"] = description, ["schema"] = Text() };

    private static JsonObject Header(string name, string description, string? example = null, bool required = false)
    {
        var header = new JsonObject { ["name"] = name, ["in"] = "header", ["required"] = required, ["description"] = description, ["schema"] = Text() };
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

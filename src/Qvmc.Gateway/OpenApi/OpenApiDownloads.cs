using System.Text.Json.Nodes;
using Qvmc.Gateway.Downloads;
using Qvmc.Gateway.Transcoding;

namespace Qvmc.Gateway.OpenApi;

/// <summary>The operations whose answer is a file.</summary>
internal static class OpenApiDownloads
{
    private const string Part = "Of an image's bytes, those that the header Range asks for.";

    public static void Add(JsonObject paths, OpenApiOperations operations)
    {
        var content = Operation(ImageContentRoute.Binding, operations, ["ETag", "AcceptRanges", "ContentDisposition", "ReprDigest"]);
        var parameters = content["parameters"]!.AsArray();
        // The header Range says these.
        parameters.RemoveAll(p => (string?)p!["name"] is "offset" or "length");
        foreach (var name in (string[])["Range", "IfRange", "IfNoneMatch"])
        {
            parameters.Add((JsonNode)new JsonObject { ["$ref"] = $"#/components/parameters/{name}" });
        }
        var responses = content["responses"]!.AsObject();
        responses.Insert(1, "206", Answer(Part, ["ETag", "AcceptRanges", "ContentRange", "ContentDisposition", "ReprDigest"]));
        responses.Insert(2, "304", new JsonObject { ["description"] = "The image is still the one that If-None-Match names." });
        var head = content.DeepClone().AsObject();
        head["operationId"] = "headImageContent";
        head["summary"] = "What a GET would answer, without the bytes";
        foreach (var (_, response) in head["responses"]!.AsObject().Where(r => r.Key is "200" or "206"))
        {
            response!.AsObject().Remove("content");
        }
        paths[ImageContentRoute.Binding.Path.DocumentPath] = new JsonObject { ["get"] = content, ["head"] = head };
        paths[DiskRoute.Binding.Path.DocumentPath] = new JsonObject { ["get"] = Operation(DiskRoute.Binding, operations, ["ContentDisposition"]) };
    }

    private static JsonObject Operation(HttpBinding binding, OpenApiOperations operations, string[] headers) =>
        operations.Of(binding, OpenApiOperations.WithProblems(Answer("The bytes. An answer that breaks off is shorter than its Content-Length.", headers)));

    private static JsonObject Answer(string description, string[] headers) => new()
    {
        ["description"] = description,
        ["headers"] = OpenApiShared.HeaderLinks(headers),
        ["content"] = OpenApiOperations.Content("application/octet-stream", new JsonObject { ["type"] = "string", ["contentMediaType"] = "application/octet-stream" }),
    };
}

using System.Text.Json.Nodes;
using Qvmc.Gateway.Tus;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Gateway.OpenApi;

/// <summary>Uploads that go on after a break: what tus 1.0.0 says, for this server.</summary>
internal static class OpenApiTus
{
    private static readonly string[] Progress = ["TusResumable", "UploadOffset", "UploadExpires", "QvmcImage"];

    public static void Add(JsonObject paths, OpenApiSchemas schemas)
    {
        paths[TusRoutes.Path] = new JsonObject
        {
            ["options"] = Operation("describeUploads", "What of tus is offered", "Versions, extensions and the largest upload.", [], null,
                "204", "It is.", ["TusResumable", "TusVersion", "TusExtension", "TusMaxSize"]),
            ["post"] = Operation("createUpload", "Begins an upload that can go on after a break", Comment(schemas, "CreateUpload"), ["TusResumable", "UploadLength", "UploadMetadata"], false,
                "201", "The upload is at Location.", ["Location", .. Progress]),
        };
        paths[$"{TusRoutes.Path}/{{id}}"] = new JsonObject
        {
            ["head"] = Operation("getUpload", "How far an upload came", Comment(schemas, "GetUpload"), ["UploadId", "TusResumable"], null,
                "200", "It is there.", ["TusResumable", "UploadOffset", "UploadLength", "UploadMetadata", "UploadExpires"]),
            ["patch"] = Operation("appendUpload", "Goes on with an upload", $"{Comment(schemas, "AppendUpload")} An offset that is another is 409 here.", ["UploadId", "TusResumable", "UploadOffset"], true,
                "204", "The bytes are kept.", Progress),
            ["delete"] = Operation("deleteUpload", "Gives an upload up", Comment(schemas, "DeleteUpload"), ["UploadId", "TusResumable"], null,
                "204", "It is gone.", ["TusResumable"]),
        };
    }

    // Body: whether there must be one; null: there is none.
    private static JsonObject Operation(string id, string summary, string description, string[] parameters, bool? body, string status, string answer, string[] headers)
    {
        var operation = new JsonObject
        {
            ["operationId"] = id,
            ["tags"] = new JsonArray(ImageService.Descriptor.Name),
            ["summary"] = summary,
            ["description"] = $"{description} Protocol: tus 1.0.0.",
        };
        if (parameters.Length > 0)
        {
            operation["parameters"] = new JsonArray([.. parameters.Select(name => (JsonNode)new JsonObject { ["$ref"] = $"#/components/parameters/{name}" })]);
        }
        if (body is { } required)
        {
            operation["requestBody"] = new JsonObject
            {
                ["required"] = required,
                ["content"] = OpenApiOperations.Content(TusHeaders.BytesType, new JsonObject { ["type"] = "string", ["contentMediaType"] = TusHeaders.BytesType }),
            };
        }
        operation["responses"] = OpenApiOperations.WithProblems(new JsonObject { ["description"] = answer, ["headers"] = OpenApiShared.HeaderLinks(headers) }, status);
        return operation;
    }

    private static string Comment(OpenApiSchemas schemas, string method) => schemas.Comment(ImageService.Descriptor.FindMethodByName(method));
}

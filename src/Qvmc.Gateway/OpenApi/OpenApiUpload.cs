using System.Text.Json.Nodes;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Gateway.OpenApi;

/// <summary>Adds uploads to the operation that they share a path with.</summary>
internal static class OpenApiUpload
{
    public static void Add(JsonObject import, OpenApiSchemas schemas)
    {
        var upload = schemas.Comment(ImageService.Descriptor.FindMethodByName("UploadImage"));
        import["description"] = $"{import["description"]}\n\nWith application/octet-stream or multipart/form-data: {upload}";
        var parameters = import["parameters"]!.AsArray();
        var form = new JsonObject();
        foreach (var field in UploadHeader.Descriptor.Fields.InDeclarationOrder())
        {
            form[field.JsonName] = schemas.Of(field);
            var schema = schemas.Of(field);
            schema.Remove("description");
            parameters.Add((JsonNode)new JsonObject
            {
                ["name"] = field.JsonName,
                ["in"] = "query",
                ["required"] = false,
                ["description"] = $"For an upload only. {schemas.Comment(field)}",
                ["schema"] = schema,
            });
        }
        form["file"] = new JsonObject { ["type"] = "string", ["contentMediaType"] = "application/octet-stream", ["description"] = "The image. The last part of the form." };
        var content = import["requestBody"]!["content"]!.AsObject();
        content["application/octet-stream"] = new JsonObject { ["schema"] = new JsonObject { ["type"] = "string", ["contentMediaType"] = "application/octet-stream" } };
        content["multipart/form-data"] = new JsonObject
        {
            ["schema"] = new JsonObject { ["type"] = "object", ["required"] = new JsonArray("name", "file"), ["properties"] = form },
        };
    }
}

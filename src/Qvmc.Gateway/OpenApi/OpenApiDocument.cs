using System.Text.Json.Nodes;
using Google.Protobuf.Reflection;
using Qvmc.Gateway.Transcoding;
using Qvmc.Hosting.Daemons;
using Qvmc.Hosting.Json;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Network.V1;

namespace Qvmc.Gateway.OpenApi;

/// <summary>The HTTP interface as an OpenAPI 3.1 document, out of the same descriptors that serve it.</summary>
internal static class OpenApiDocument
{
    private const string About =
        "Every request is answered with JSON, or with application/problem+json. Fields may be written as here or as the protos spell them (memory_mib). " +
        "Unknown fields are refused. Values of enums in a query may leave out their common prefix: `filter.states=RUNNING`.";

    /// <summary>Makes the document.</summary>
    public static JsonObject Create()
    {
        var schemas = new OpenApiSchemas(ProtoComments.Load());
        var operations = new OpenApiOperations(schemas);
        var paths = new JsonObject();
        ServiceDescriptor[] services = [ControllerService.Descriptor, ImageService.Descriptor, NetworkService.Descriptor];
        foreach (var binding in services.SelectMany(HttpBinding.Of))
        {
            var path = paths[binding.Path.DocumentPath] as JsonObject;
            if (path is null)
            {
                paths[binding.Path.DocumentPath] = path = [];
            }
            path[binding.Verb.ToLowerInvariant()] = operations.Of(binding);
        }
        OpenApiUpload.Add(paths["/v1/images"]!["post"]!.AsObject(), schemas);
        OpenApiDownloads.Add(paths, operations);
        OpenApiTus.Add(paths, schemas);
        schemas.Components["Problem"] = OpenApiShared.Problem();
        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "qvmc",
                ["version"] = DaemonInfo.Version,
                ["description"] = $"{schemas.Comment(ControllerService.Descriptor)}\n\n{About}",
            },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/" }),
            // Whoever can reach the gateway may use it: by the loopback address, a socket's permissions, or a certificate.
            ["security"] = new JsonArray(),
            ["tags"] = new JsonArray([.. services.Select(service => (JsonNode)new JsonObject { ["name"] = service.Name, ["description"] = schemas.Comment(service) })]),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = schemas.Components,
                ["parameters"] = OpenApiShared.Parameters(),
                ["headers"] = OpenApiShared.Headers(),
                ["responses"] = OpenApiShared.Responses(),
            },
        };
    }
}

using System.Text.Json.Nodes;
using Google.Protobuf.Reflection;
using Qvmc.Gateway.OpenApi;
using Qvmc.Gateway.Transcoding;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Network.V1;

namespace Qvmc.Gateway.Tests.OpenApi;

public sealed class OpenApiDocumentTests
{
    // What no annotation says.
    private static readonly string[] ByHand =
    [
        "OPTIONS /v1/uploads", "POST /v1/uploads", "HEAD /v1/uploads/{id}", "PATCH /v1/uploads/{id}", "DELETE /v1/uploads/{id}",
        "GET /v1/images/{name}/content", "HEAD /v1/images/{name}/content", "GET /v1/instances/{name}/disk",
    ];

    private static readonly JsonObject Document = OpenApiDocument.Create();

    private static IEnumerable<(string Path, string Verb, JsonObject Operation)> Operations =>
        from path in Document["paths"]!.AsObject()
        from verb in path.Value!.AsObject()
        select (path.Key, verb.Key, verb.Value!.AsObject());

    [Fact]
    public void Every_binding_is_an_operation()
    {
        ServiceDescriptor[] services = [ControllerService.Descriptor, ImageService.Descriptor, NetworkService.Descriptor];

        Assert.Equal(
            services.SelectMany(HttpBinding.Of).Select(b => $"{b.Verb} {b.Path.DocumentPath}").Concat(ByHand).Order(),
            Operations.Select(o => $"{o.Verb.ToUpperInvariant()} {o.Path}").Order());
        Assert.Equal(Operations.Count(), Operations.Select(o => (string?)o.Operation["operationId"]).Distinct().Count());
    }

    [Fact]
    public void Every_reference_leads_somewhere_and_every_part_is_referred_to()
    {
        var references = All(Document).OfType<JsonObject>().Select(o => o["$ref"]).OfType<JsonValue>().Select(v => v.GetValue<string>()).ToHashSet();
        var parts = Document["components"]!.AsObject().SelectMany(kind => kind.Value!.AsObject().Select(part => $"#/components/{kind.Key}/{part.Key}"));

        Assert.Equal(parts.Order(), references.Order());
    }

    [Fact]
    public void Everything_is_described()
    {
        foreach (var (path, verb, operation) in Operations)
        {
            var where = $"{verb} {path}";
            Assert.False(string.IsNullOrEmpty((string?)operation["summary"]), where);
            Assert.Equal(path.Count(c => c == '{'), Parameters(operation).Count(p => (string?)p["in"] == "path"));
            Assert.All(Parameters(operation), p => Assert.False(string.IsNullOrEmpty((string?)p["description"]), $"{where}: {p["name"]}"));
            Assert.NotNull(operation["responses"]!.AsObject().First(r => r.Key.StartsWith('2')).Value!["description"]);
        }
        foreach (var (name, schema) in Document["components"]!["schemas"]!.AsObject())
        {
            Assert.False(string.IsNullOrEmpty((string?)schema!["description"]), name);
            Assert.All(schema["properties"]?.AsObject() ?? [], p => Assert.True(p.Value!["description"] is not null, $"{name}.{p.Key}"));
        }
    }

    [Fact]
    public void Bodies_leave_out_what_the_path_gives_and_take_nothing_unknown()
    {
        var start = Document["components"]!["schemas"]!["StartRequest"]!;

        Assert.False(start["properties"]!.AsObject().ContainsKey("name"));
        Assert.True(start["properties"]!.AsObject().ContainsKey("paused"));
        Assert.False((bool?)start["additionalProperties"]);
    }

    [Fact]
    public void Filters_etags_streams_and_uploads_are_in_it()
    {
        Assert.Contains("filter.states", Names("list"));
        Assert.Contains("If-Match", Names("delete"));
        Assert.Contains("Last-Event-ID", Names("watch"));
        Assert.Equal(["text/event-stream", "application/x-ndjson"], Find("watch")["responses"]!["200"]!["content"]!.AsObject().Select(c => c.Key));
        Assert.Equal(["application/json", "application/octet-stream", "multipart/form-data"], Find("importImage")["requestBody"]!["content"]!.AsObject().Select(c => c.Key));
        Assert.Contains("replace", Names("importImage"));
        Assert.DoesNotContain("Last-Event-ID", Names("watchImages"));
        Assert.Contains("Range", Names("exportImage"));
        Assert.DoesNotContain("offset", Names("exportImage"));
        Assert.Equal(["200", "206", "304", "4XX", "5XX"], Find("exportImage")["responses"]!.AsObject().Select(r => r.Key));
        Assert.Equal(["name", "disk", "format", "compress", "Grpc-Timeout"], Names("exportDisk"));
        Assert.Equal(["id", "Tus-Resumable", "Upload-Offset"], Names("appendUpload"));
        Assert.Equal(["name", "host_port", "etag", "protocol", "hostAddress", "If-Match", "Grpc-Timeout"], Names("removeForward"));
        Assert.Equal(["name", "node", "Grpc-Timeout"], Names("getNetwork"));
    }

    private static JsonObject Find(string id) => Operations.Single(o => (string?)o.Operation["operationId"] == id).Operation;

    private static IEnumerable<string?> Names(string id) => Parameters(Find(id)).Select(p => (string?)p["name"]);

    private static IEnumerable<JsonNode> Parameters(JsonObject operation) => (operation["parameters"]?.AsArray() ?? []).Select(p =>
        p!["$ref"] is { } reference ? Document["components"]!["parameters"]![((string)reference!).Split('/')[^1]]! : p);

    private static IEnumerable<JsonNode?> All(JsonNode? node) => node switch
    {
        JsonObject o => o.SelectMany(member => All(member.Value)).Prepend(o),
        JsonArray a => a.SelectMany(All).Prepend(a),
        _ => [node],
    };
}

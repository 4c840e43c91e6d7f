using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Qvmc.EndToEnd.Cluster;

namespace Qvmc.EndToEnd;

/// <summary>The HTTP interface, through all three daemons.</summary>
public sealed class HttpTests(TestCluster cluster) : IClassFixture<TestCluster>, IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = new Uri(cluster.HttpAddress), Timeout = TimeSpan.FromMinutes(2) };

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task AWholeLifeOverHttp()
    {
        var (created, launched) = await SendAsync(HttpMethod.Post, "/v1/instances", """
            {"name":"curl1","spec":{"image":"tiny","memoryMib":128},"requestId":"once","wait":"WAIT_CONDITION_READY","timeout":"120s"}
            """);
        Assert.Equal(HttpStatusCode.OK, created.StatusCode);
        Assert.Equal("STATE_RUNNING", State(launched));
        Assert.NotNull(created.Headers.ETag);

        var (_, again) = await SendAsync(HttpMethod.Post, "/v1/instances", """{"name":"curl1","spec":{"image":"tiny","memoryMib":128},"requestId":"once"}""");
        Assert.Equal(launched.GetProperty("uid").GetString(), again.GetProperty("uid").GetString());

        var (_, listed) = await SendAsync(HttpMethod.Get, "/v1/instances?filter.states=STATE_RUNNING&filter.names=curl1");
        Assert.Equal("curl1", listed.GetProperty("instances")[0].GetProperty("name").GetString());

        var (_, waited) = await SendAsync(HttpMethod.Get, "/v1/instances/curl1/wait?for=WAIT_CONDITION_HAS_ADDRESS&timeout=60s");
        Assert.Equal("10.0.2.15", waited.GetProperty("status").GetProperty("addresses")[0].GetProperty("ip").GetString());

        var (_, ran) = await SendAsync(HttpMethod.Post, "/v1/instances/curl1/exec", """{"command":["echo","hello"]}""");
        Assert.Equal("hello\n", Encoding.UTF8.GetString(ran.GetProperty("stdout").GetBytesFromBase64()));

        var (_, started) = await SendAsync(HttpMethod.Post, "/v1/instances/curl1/start", "{}");
        Assert.False(started.GetProperty("changed").GetBoolean());
        Assert.Contains("already", started.GetProperty("message").GetString(), StringComparison.Ordinal);

        var (_, stopped) = await SendAsync(HttpMethod.Post, "/v1/instances/curl1/stop", """{"wait":"WAIT_CONDITION_STOPPED"}""");
        Assert.Equal("STATE_STOPPED", State(stopped.GetProperty("instance")));

        var (_, patched) = await SendAsync(HttpMethod.Patch, "/v1/instances/curl1", """{"spec":{"cpus":2},"labels":{"a":"b"}}""");
        Assert.Equal((2, 128), (patched.GetProperty("spec").GetProperty("cpus").GetInt32(), patched.GetProperty("spec").GetProperty("memoryMib").GetInt32()));

        var (deleted, _) = await SendAsync(HttpMethod.Delete, "/v1/instances/curl1");
        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(HttpMethod.Get, "/v1/instances/curl1")).Response.StatusCode);
    }

    [Theory]
    [InlineData("POST", "/v1/instances", """{"spec":{"image":"tiny"}}""", 400, "name")]
    [InlineData("POST", "/v1/instances", """{"name":"..","spec":{"image":"tiny"}}""", 400, "name")]
    [InlineData("POST", "/v1/instances", """{"name":"a,b","spec":{"image":"tiny"}}""", 400, "name")]
    [InlineData("POST", "/v1/instances", """{"name":"UPPER","spec":{"image":"tiny"}}""", 400, "name")]
    [InlineData("POST", "/v1/instances", """{"name":"a234567890123456789012345678901234567890123456789012345678901234","spec":{"image":"tiny"}}""", 400, "name")]
    [InlineData("POST", "/v1/instances", """{"name":"ok","spec":{"image":"tiny","cpus":1000}}""", 400, "spec.cpus")]
    [InlineData("POST", "/v1/instances", """{"name":"ok","spec":{"image":"tiny","memoryMib":1}}""", 400, "spec.memory_mib")]
    [InlineData("POST", "/v1/instances", """{"name":"ok","spec":{"image":"tiny","memoryMib":4294967295}}""", 400, "spec.memory_mib")]
    [InlineData("POST", "/v1/instances", """{"name":"ok","spec":{"image":"tiny","diskMib":1}}""", 400, "spec.disk_mib")]
    [InlineData("POST", "/v1/instances", """{"name":"ok","spec":{"image":"tiny","diskMib":99999999}}""", 400, "spec.disk_mib")]
    [InlineData("POST", "/v1/instances", """{"name":"ok","spec":{"image":"nosuch"}}""", 400, "spec.image")]
    [InlineData("POST", "/v1/instances", """{"name":"ok","spec":{"image":"tiny","cloudInit":{"userData":"#cloud-config\na: [1,"}}}""", 400, "spec.cloud_init.user_data")]
    [InlineData("POST", "/v1/instances", """{"name":"ok","spec":{"image":"tiny"},"colour":"red"}""", 400, "colour")]
    [InlineData("POST", "/v1/instances", """{"name":"ok","spec":{"image":"tiny","cpus":"many"}}""", 400, "spec.cpus")]
    [InlineData("POST", "/v1/instances", """{"name":"ok","spec":""", 400, null)]
    [InlineData("POST", "/v1/instances/nosuch/start", "{}", 404, null)]
    [InlineData("POST", "/v1/instances/nosuch/stop", "{}", 404, null)]
    [InlineData("PATCH", "/v1/instances/nosuch", """{"spec":{"cpus":2}}""", 404, null)]
    [InlineData("DELETE", "/v1/instances/nosuch", null, 404, null)]
    [InlineData("GET", "/v1/instances/nosuch/wait", null, 404, null)]
    [InlineData("GET", "/v1/images/nosuch", null, 404, null)]
    [InlineData("GET", "/v1/nowhere", null, 404, null)]
    [InlineData("PUT", "/v1/instances", "{}", 405, null)]
    [InlineData("GET", "/v1/instances?pageSize=5000", null, 400, null)]
    [InlineData("GET", "/v1/instances?pageToken=%ff%fe", null, 400, null)]
    public async Task BadInputIsAProblemThatNamesTheField(string method, string path, string? body, int status, string? field)
    {
        var (response, problem) = await SendAsync(new HttpMethod(method), path, body);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.StartsWith("urn:qvmc:problem:", problem.GetProperty("type").GetString(), StringComparison.Ordinal);
        if (field is not null)
        {
            Assert.Contains(problem.GetProperty("errors").EnumerateArray(), e => Canonical(e.GetProperty("field").GetString()!) == Canonical(field));
        }

        var (_, list) = await SendAsync(HttpMethod.Get, "/v1/instances?filter.names=ok");
        Assert.Equal(0, list.GetProperty("instances").GetArrayLength());
    }

    [Fact]
    public async Task EveryFaultIsToldAtOnce()
    {
        var (_, problem) = await SendAsync(HttpMethod.Post, "/v1/instances", """{"name":"X","spec":{"image":"nosuch","cpus":999,"memoryMib":1}}""");
        Assert.Equal(4, problem.GetProperty("errors").GetArrayLength());
    }

    [Fact]
    public async Task BodiesThatAreNoTextOrTooLargeAreRefused()
    {
        using var invalid = new ByteArrayContent([.. "{\"name\":\""u8, 0xff, 0xfe, .. "\"}"u8]);
        invalid.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        Assert.Equal(HttpStatusCode.BadRequest, (await _http.PostAsync("/v1/instances", invalid)).StatusCode);

        using var large = new StringContent($$"""{"labels":{"a":"{{new string('x', 2 << 20)}}" },"name":"ok"}""", Encoding.UTF8, "application/json");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await _http.PostAsync("/v1/instances", large)).StatusCode);

        using var form = new StringContent("name=ok", Encoding.UTF8, "application/x-www-form-urlencoded");
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await _http.PostAsync("/v1/instances", form)).StatusCode);
    }

    [Fact]
    public async Task AStaleEtagIsRefused()
    {
        var (_, first) = await SendAsync(HttpMethod.Post, "/v1/instances", """{"name":"etag","spec":{"image":"tiny","memoryMib":64,"power":"POWER_STATE_STOPPED"}}""");
        var etag = first.GetProperty("etag").GetString();
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Patch, "/v1/instances/etag", $$"""{"etag":"{{etag}}","spec":{"cpus":2 } }""")).Response.StatusCode);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await SendAsync(HttpMethod.Patch, "/v1/instances/etag", $$"""{"etag":"{{etag}}","spec":{"cpus":3 } }""")).Response.StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await SendAsync(HttpMethod.Post, "/v1/instances", """{"name":"etag","spec":{"image":"tiny"}}""")).Response.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Delete, "/v1/instances/etag")).Response.StatusCode);
    }

    [Fact]
    public async Task EventsResumeWhereTheyWereLeft()
    {
        await SendAsync(HttpMethod.Post, "/v1/instances", """{"name":"seen","spec":{"image":"tiny","memoryMib":64,"power":"POWER_STATE_STOPPED"}}""");
        var token = "";
        await foreach (var (kind, id, data) in EventsAsync(null))
        {
            token = id;
            if (kind.Contains("synced", StringComparison.OrdinalIgnoreCase))
            {
                break;
            }
        }

        await SendAsync(HttpMethod.Patch, "/v1/instances/seen", """{"labels":{"step":"1"}}""");
        await SendAsync(HttpMethod.Patch, "/v1/instances/seen", """{"labels":{"step":"2"}}""");
        var steps = new List<string>();
        await foreach (var (kind, id, data) in EventsAsync(token))
        {
            var instance = data.GetProperty("instance");
            if (instance.GetProperty("name").GetString() == "seen")
            {
                var labels = instance.GetProperty("labels");
                var step = labels.TryGetProperty("step", out var value) ? value.GetString()! : "";
                // Its host's first word of it may come after SYNCED, too.
                if (step.Length > 0 && steps.LastOrDefault() != step)
                {
                    steps.Add(step);
                }

                if (step == "2")
                {
                    break;
                }
            }
        }

        Assert.Equal(["1", "2"], steps);
        await SendAsync(HttpMethod.Delete, "/v1/instances/seen");
    }

    [Fact]
    public async Task AnUploadThatIsWrongLeavesNothing()
    {
        var before = Directory.EnumerateFiles(Path.Combine(cluster.Root, "images"), "*", SearchOption.AllDirectories).Count();
        using var content = new ByteArrayContent(new byte[1 << 20]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        var wrong = await _http.PostAsync($"/v1/images?name=wrong&digest=sha256:{new string('0', 64)}&format=IMAGE_FORMAT_RAW", content);
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        Assert.Equal(before, Directory.EnumerateFiles(Path.Combine(cluster.Root, "images"), "*", SearchOption.AllDirectories).Count());

        using var right = new ByteArrayContent(new byte[1 << 20]);
        right.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        Assert.Equal(HttpStatusCode.OK, (await _http.PostAsync("/v1/images?name=empty&format=IMAGE_FORMAT_RAW", right)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Delete, "/v1/images/empty")).Response.StatusCode);
        Assert.Equal(before, Directory.EnumerateFiles(Path.Combine(cluster.Root, "images"), "*", SearchOption.AllDirectories).Count());
    }

    [Fact]
    public async Task OperatorsPagesAnswer()
    {
        Assert.Equal(HttpStatusCode.OK, (await _http.GetAsync("/healthz")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await _http.GetAsync("/readyz")).StatusCode);
        Assert.Contains("# TYPE", await _http.GetStringAsync("/metrics"), StringComparison.Ordinal);
        var openApi = JsonElement.Parse(await _http.GetStringAsync("/openapi.json"));
        Assert.StartsWith("3.1", openApi.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await _http.GetAsync("/swagger/")).StatusCode);
    }

    private async IAsyncEnumerable<(string Kind, string Id, JsonElement Data)> EventsAsync(string? lastEventId)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/events");
        request.Headers.Accept.ParseAdd("text/event-stream");
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        var parser = System.Net.ServerSentEvents.SseParser.Create(await response.Content.ReadAsStreamAsync(limit.Token));
        await foreach (var item in parser.EnumerateAsync(limit.Token))
        {
            yield return (item.EventType, item.EventId ?? "", JsonElement.Parse(item.Data));
        }
    }

    private async Task<(HttpResponseMessage Response, JsonElement Body)> SendAsync(HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return (response, text.Length > 0 ? JsonElement.Parse(text) : default);
    }

    private static string State(JsonElement instance) => instance.GetProperty("status").GetProperty("state").GetString()!;

    // A field is named as the request named it: camelCase here, snake_case in the protos.
    private static string Canonical(string field) => field.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();
}

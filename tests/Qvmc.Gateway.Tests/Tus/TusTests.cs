using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Gateway.Tests.Tus;

public sealed class TusTests(RunningGateway gateway) : IClassFixture<RunningGateway>
{
    private readonly byte[] _bytes = RandomNumberGenerator.GetBytes(1_000_003);

    [Theory]
    [InlineData("/v1/uploads")]
    [InlineData("/v1/uploads/any")]
    public async Task Tells_what_is_offered_to_whoever_asks(string path)
    {
        var response = await SendAsync("OPTIONS", path, null, ("Tus-Resumable", "0.2.2"));

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal("1.0.0", Header(response, "Tus-Version"));
        Assert.Equal("creation,creation-with-upload,expiration,termination", Header(response, "Tus-Extension"));
        Assert.Equal("1073741824", Header(response, "Tus-Max-Size"));
    }

    [Fact]
    public async Task A_whole_life_in_parts()
    {
        var created = await SendAsync("POST", "/v1/uploads", null, ("Upload-Length", "1000003"), ("Upload-Metadata", Metadata("name", "debian:12", "format", "qcow2", "digest", FakeUpload.DigestOf(_bytes)) + ",replace"));
        var path = created.Headers.Location!.ToString();
        var first = await AppendAsync(path, 0, _bytes[..400_000]);
        var asked = await SendAsync("HEAD", path);
        var last = await AppendAsync(path, 400_000, _bytes[400_000..]);

        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        Assert.Equal("Wed, 02 Jan 2030 03:04:05 GMT", Header(created, "Upload-Expires"));
        Assert.Equal(
            new UploadHeader { Name = "debian:12", Format = ImageFormat.Qcow2, Digest = FakeUpload.DigestOf(_bytes), SizeBytes = 1_000_003, Replace = true },
            Assert.IsType<CreateUploadRequest>(gateway.Controller.Requests.Last()).Header);
        Assert.Equal(HttpStatusCode.NoContent, first.StatusCode);
        Assert.Equal(("400000", "Wed, 02 Jan 2030 03:04:05 GMT", null), (Header(first, "Upload-Offset"), Header(first, "Upload-Expires"), Header(first, "Qvmc-Image")));
        Assert.Equal(HttpStatusCode.OK, asked.StatusCode);
        Assert.Equal(("400000", "1000003"), (Header(asked, "Upload-Offset"), Header(asked, "Upload-Length")));
        Assert.Equal(Metadata("name", "debian:12", "format", "IMAGE_FORMAT_QCOW2", "digest", FakeUpload.DigestOf(_bytes), "replace", "true"), Header(asked, "Upload-Metadata"));
        Assert.True(asked.Headers.CacheControl?.NoStore);
        Assert.Equal(HttpStatusCode.NoContent, last.StatusCode);
        Assert.Equal(("1000003", null, "debian:12"), (Header(last, "Upload-Offset"), Header(last, "Upload-Expires"), Header(last, "Qvmc-Image")));
        Assert.Equal(_bytes, Upload(path).Bytes);
        Assert.All([created, first, asked, last], r => Assert.Equal("1.0.0", Header(r, "Tus-Resumable")));
    }

    [Fact]
    public async Task Bytes_may_come_with_the_creation()
    {
        var part = await SendAsync("POST", "/v1/uploads", Octets(_bytes[..5]), ("Upload-Length", "1000003"), ("Upload-Metadata", Metadata("name", "i")));
        var whole = await SendAsync("POST", "/v1/uploads", Octets(_bytes), ("Upload-Length", "1000003"), ("Upload-Metadata", Metadata("name", "i")));

        Assert.Equal(HttpStatusCode.Created, part.StatusCode);
        Assert.Equal(("5", null), (Header(part, "Upload-Offset"), Header(part, "Qvmc-Image")));
        Assert.Equal(_bytes[..5], Upload(part.Headers.Location!.ToString()).Bytes);
        Assert.Equal(HttpStatusCode.Created, whole.StatusCode);
        Assert.Equal(("1000003", "i"), (Header(whole, "Upload-Offset"), Header(whole, "Qvmc-Image")));
    }

    [Fact]
    public async Task A_client_that_knows_POST_only_says_what_it_means_in_a_header()
    {
        var path = await CreateAsync();

        var appended = await SendAsync("POST", path, Octets(_bytes[..7]), ("Upload-Offset", "0"), ("X-HTTP-Method-Override", "PATCH"));
        var asked = await SendAsync("GET", path, null, ("X-HTTP-Method-Override", "HEAD"));
        var deleted = await SendAsync("POST", path, null, ("X-HTTP-Method-Override", "DELETE"));

        Assert.Equal(HttpStatusCode.NoContent, appended.StatusCode);
        Assert.Equal("7", Header(asked, "Upload-Offset"));
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync("HEAD", path)).StatusCode);
    }

    [Fact]
    public async Task One_that_was_given_up_is_gone()
    {
        var path = await CreateAsync();

        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync("DELETE", path)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync("DELETE", path)).StatusCode);
        var gone = await AppendAsync(path, 0, _bytes);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        Assert.Null(Header(gone, "Upload-Offset"));
        Assert.Equal("application/problem+json", gone.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Another_offset_is_409_and_changes_nothing()
    {
        var path = await CreateAsync();
        await AppendAsync(path, 0, _bytes[..10]);

        var ahead = await AppendAsync(path, 11, _bytes[11..]);
        var behind = await AppendAsync(path, 0, _bytes);

        Assert.Equal((HttpStatusCode.Conflict, HttpStatusCode.Conflict), (ahead.StatusCode, behind.StatusCode));
        Assert.Contains("has 10 bytes", await ahead.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(_bytes[..10], Upload(path).Bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0.2.2")]
    public async Task Another_version_is_412_and_does_nothing(string version)
    {
        var asked = gateway.Controller.Requests.Count;

        var response = await SendAsync("POST", "/v1/uploads", null, ("Tus-Resumable", version), ("Upload-Length", "5"), ("Upload-Metadata", Metadata("name", "i")));

        Assert.Equal(HttpStatusCode.PreconditionFailed, response.StatusCode);
        Assert.Equal("1.0.0", Header(response, "Tus-Version"));
        Assert.Contains("urn:qvmc:problem:wrong-version", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(asked, gateway.Controller.Requests.Count);
    }

    [Fact]
    public async Task Bytes_of_another_type_are_415()
    {
        var path = await CreateAsync();

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await SendAsync("PATCH", path, new ByteArrayContent(_bytes), ("Upload-Offset", "0"))).StatusCode);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await SendAsync("POST", "/v1/uploads", new StringContent("{}"), ("Upload-Length", "5"), ("Upload-Metadata", Metadata("name", "i")))).StatusCode);
        Assert.Empty(Upload(path).Bytes);
    }

    [Fact]
    public async Task Too_large_is_413()
    {
        var response = await SendAsync("POST", "/v1/uploads", null, ("Upload-Length", "1073741825"), ("Upload-Metadata", Metadata("name", "i")));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Theory]
    [InlineData("GET", "/v1/uploads", "OPTIONS, POST")]
    [InlineData("GET", "/v1/uploads/x", "OPTIONS, HEAD, PATCH, DELETE")]
    public async Task Other_methods_are_405(string method, string path, string allowed)
    {
        var response = await SendAsync(method, path);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(allowed, string.Join(", ", response.Content.Headers.Allow));
    }

    public static TheoryData<string[], string[]> BadRequests => new()
    {
        { [], ["Upload-Length"] },
        { ["Upload-Length", "-1"], ["Upload-Length"] },
        { ["Upload-Length", "1e3", "Upload-Metadata", "nam aQ=="], ["Upload-Length", "nam"] },
        { ["Upload-Defer-Length", "1"], ["Upload-Defer-Length", "Upload-Length"] },
        { ["Upload-Length", "5", "Upload-Concat", "partial"], ["Upload-Concat"] },
        { ["Upload-Length", "5", "Upload-Metadata", "name i"], ["name"] },
        { ["Upload-Length", "5", "Upload-Metadata", "name /w=="], ["name"] },
        { ["Upload-Length", "5", "Upload-Metadata", "name aQ==,name ag=="], ["name"] },
        { ["Upload-Length", "5", "Upload-Metadata", "name aQ==,format VEFS,replace bWF5YmU="], ["format", "replace"] },
        { ["Upload-Length", "5", "Upload-Metadata", "name cmVmdXNlZA=="], ["name", "Upload-Length"] },
    };

    [Theory]
    [MemberData(nameof(BadRequests))]
    public async Task Every_fault_of_a_creation_is_told_under_its_header_s_name(string[] headers, string[] fields)
    {
        var (status, problem, _) = await gateway.SendAsync("POST", "/v1/uploads", null, [.. headers.Chunk(2).Select(h => (h[0], h[1])), ("Tus-Resumable", "1.0.0")]);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(fields.Order(), problem["errors"]!.AsArray().Select(e => (string?)e!["field"]).Order());
    }

    [Theory]
    [InlineData("Upload-Offset", "")]
    [InlineData("Upload-Offset", "0x1")]
    [InlineData("Upload-Checksum", "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=")]
    public async Task Faults_of_an_append_are_told_and_nothing_is_kept(string header, string value)
    {
        var path = await CreateAsync();
        (string, string)[] headers = header == "Upload-Offset" ? [(header, value)] : [("Upload-Offset", "0"), (header, value)];

        var response = await SendAsync("PATCH", path, Octets(_bytes), headers);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains($"\"field\":\"{header}\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(Upload(path).Bytes);
    }

    private async Task<string> CreateAsync() =>
        (await SendAsync("POST", "/v1/uploads", null, ("Upload-Length", "1000003"), ("Upload-Metadata", Metadata("name", "i")))).Headers.Location!.ToString();

    private Task<HttpResponseMessage> AppendAsync(string path, long offset, byte[] bytes) => SendAsync("PATCH", path, Octets(bytes), ("Upload-Offset", $"{offset}"));

    private FakeUpload Upload(string path) => gateway.Controller.Uploads[path.Split('/')[^1]];

    private async Task<HttpResponseMessage> SendAsync(string method, string path, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = content };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
        if (!request.Headers.Contains("Tus-Resumable"))
        {
            request.Headers.Add("Tus-Resumable", "1.0.0");
        }
        return await gateway.Http.SendAsync(request);
    }

    private static string Metadata(params string[] pairs) =>
        string.Join(',', pairs.Chunk(2).Select(pair => $"{pair[0]} {Convert.ToBase64String(Encoding.UTF8.GetBytes(pair[1]))}"));

    private static ByteArrayContent Octets(byte[] bytes) => new(bytes) { Headers = { ContentType = new MediaTypeHeaderValue("application/offset+octet-stream") } };

    private static string? Header(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? values.Single() : null;
}

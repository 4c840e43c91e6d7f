using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Gateway.Tests.Downloads;

public sealed class ImageContentTests : IAsyncLifetime
{
    private const string Path = "/v1/images/debian:12/content";
    private readonly RunningGateway _gateway = new();
    private readonly byte[] _bytes = RandomNumberGenerator.GetBytes(1_000_003);

    private string Etag => $"\"{FakeUpload.DigestOf(_bytes)}\"";

    public Task InitializeAsync()
    {
        _gateway.Controller.Content = _bytes;
        return _gateway.InitializeAsync();
    }

    public Task DisposeAsync() => _gateway.DisposeAsync();

    [Fact]
    public async Task The_whole_comes_with_all_that_is_known_of_it()
    {
        using var response = await SendAsync(HttpMethod.Get);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        AssertHeaders(response);
        Assert.Equal(_bytes.Length, response.Content.Headers.ContentLength);
        Assert.Equal(_bytes, await response.Content.ReadAsByteArrayAsync());
        Assert.Single(_gateway.Controller.Requests);
    }

    [Fact]
    public async Task HEAD_tells_the_same_and_fetches_next_to_nothing()
    {
        using var response = await SendAsync(HttpMethod.Head);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        AssertHeaders(response);
        Assert.Equal(_bytes.Length, response.Content.Headers.ContentLength);
        Assert.InRange(_gateway.Controller.Exported, 0, 1);
    }

    [Theory]
    [InlineData("bytes=0-0", 0, 1)]
    [InlineData("bytes=0-", 0, 1_000_003)]
    [InlineData("bytes=300000-700000", 300_000, 400_001)]
    [InlineData("bytes=1000000-", 1_000_000, 3)]
    [InlineData("bytes=1000000-9223372036854775807", 1_000_000, 3)]
    [InlineData("bytes=-7", 999_996, 7)]
    [InlineData("bytes=-2000000", 0, 1_000_003)]
    public async Task A_range_is_206(string range, int offset, int length)
    {
        using var response = await SendAsync(HttpMethod.Get, ("Range", range));

        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        AssertHeaders(response);
        Assert.Equal($"bytes {offset}-{offset + length - 1}/1000003", response.Content.Headers.ContentRange?.ToString());
        Assert.Equal(length, response.Content.Headers.ContentLength);
        Assert.Equal(_bytes[offset..(offset + length)], await response.Content.ReadAsByteArrayAsync());
        Assert.Equal(
            new ExportImageRequest { Name = FakeUpload.DigestOf(_bytes), Offset = (ulong)offset, Length = (ulong)length },
            _gateway.Controller.Requests.Last());
    }

    [Theory]
    [InlineData("bytes=1000003-")]
    [InlineData("bytes=2000000-2000001")]
    [InlineData("bytes=-0")]
    public async Task A_range_that_is_not_there_is_416(string range)
    {
        using var response = await SendAsync(HttpMethod.Get, ("Range", range));

        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, response.StatusCode);
        Assert.Equal("bytes */1000003", response.Content.Headers.ContentRange?.ToString());
        Assert.Contains("urn:qvmc:problem:no-such-range", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Range", "bytes=0-1,5-6")]
    [InlineData("Range", "bytes=6-5")]
    [InlineData("Range", "lines=1-2")]
    [InlineData("Range", "bytes=")]
    [InlineData("If-Range", "\"another\"")]
    [InlineData("If-Range", "Wed, 02 Jan 2030 03:04:05 GMT")]
    public async Task What_asks_for_no_part_of_this_gets_the_whole(string header, string value)
    {
        using var response = await SendAsync(HttpMethod.Get, header == "Range" ? [(header, value)] : [("Range", "bytes=5-6"), (header, value)]);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(_bytes, await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("If-None-Match", null, 304)]
    [InlineData("If-None-Match", "*", 304)]
    [InlineData("If-None-Match", "\"another\"", 200)]
    [InlineData("If-Match", null, 200)]
    [InlineData("If-Match", "\"another\"", 412)]
    [InlineData("If-Range", null, 206)]
    public async Task Preconditions_hold(string header, string? value, int status)
    {
        (string, string)[] headers = status == 206 ? [("Range", "bytes=5-6"), (header, value ?? Etag)] : [(header, value ?? Etag)];

        using var head = status == 206 ? null : await SendAsync(HttpMethod.Head, headers);
        using var response = await SendAsync(HttpMethod.Get, headers);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(status, (int)(head ?? response).StatusCode);
    }

    [Fact]
    public async Task What_is_wrong_is_a_problem()
    {
        var (missing, problem, _) = await _gateway.SendAsync("GET", "/v1/images/nosuch/content", null, ("Range", "bytes=0-1"));
        var (wrong, query, _) = await _gateway.SendAsync("GET", $"{Path}?offset=5");

        Assert.Equal(HttpStatusCode.NotFound, missing);
        Assert.Equal("urn:qvmc:problem:not-found", (string?)problem["type"]);
        Assert.Equal(HttpStatusCode.BadRequest, wrong);
        Assert.Equal("offset", (string?)query["errors"]![0]!["field"]);
    }

    [Fact]
    public async Task An_export_that_fails_is_not_taken_for_whole()
    {
        _gateway.Controller.FailExportAfter = 500_000;
        using var response = await SendAsync(HttpMethod.Get);

        Assert.Equal(_bytes.Length, response.Content.Headers.ContentLength);
        await Assert.ThrowsAnyAsync<IOException>(async () => await (await response.Content.ReadAsStreamAsync()).CopyToAsync(Stream.Null));
    }

    [Fact]
    public async Task A_client_that_leaves_ends_the_export()
    {
        _gateway.Controller.Content = new byte[200 << 20];
        using (var tcp = new TcpClient())
        {
            await tcp.ConnectAsync("127.0.0.1", _gateway.Address.Port);
            await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET {Path} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
            await tcp.GetStream().ReadExactlyAsync(new byte[1000]);
        }

        Assert.True(await _gateway.Controller.Cancelled.WaitAsync(RunningGateway.Limit));
        Assert.InRange(_gateway.Controller.Exported, 1, 100 << 20);
    }

    [Fact]
    public async Task A_client_that_reads_no_more_is_cut_off_and_ends_the_export()
    {
        _gateway.Controller.Content = new byte[200 << 20];
        using var tcp = new TcpClient();
        await tcp.ConnectAsync("127.0.0.1", _gateway.Address.Port);
        await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET {Path} HTTP/1.1\r\nHost: localhost\r\n\r\n"));

        Assert.True(await _gateway.Controller.Cancelled.WaitAsync(RunningGateway.Limit));
        Assert.InRange(_gateway.Controller.Exported, 1, 100 << 20);
        await Assert.ThrowsAnyAsync<IOException>(() => tcp.GetStream().CopyToAsync(Stream.Null));
    }

    private void AssertHeaders(HttpResponseMessage response)
    {
        Assert.Equal(Etag, response.Headers.ETag?.Tag);
        Assert.Equal("bytes", response.Headers.AcceptRanges.ToString());
        Assert.Equal($"sha-256=:{Convert.ToBase64String(SHA256.HashData(_bytes))}:", response.Headers.GetValues("Repr-Digest").Single());
        Assert.Equal("attachment; filename=\"debian-12.qcow2\"", response.Content.Headers.ContentDisposition?.ToString());
        Assert.Equal("application/octet-stream", response.Content.Headers.ContentType?.ToString());
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, Path);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
        return await _gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }
}

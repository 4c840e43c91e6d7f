using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Gateway.Tests.Uploads;

public sealed class UploadTests : IAsyncLifetime
{
    private const int Size = 50_000_003;
    private readonly RunningGateway _gateway = new();

    public Task InitializeAsync() => _gateway.InitializeAsync();

    public Task DisposeAsync() => _gateway.DisposeAsync();

    [Fact]
    public async Task Bytes_arrive_whole_and_announced()
    {
        var bytes = RandomNumberGenerator.GetBytes(Size);

        var (status, image) = await PostAsync("?name=i&format=QCOW2&digest=sha256:00", Octets(bytes));

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal($"sha256:{Convert.ToHexStringLower(SHA256.HashData(bytes))}", (string?)image["digest"]);
        Assert.Equal(new UploadHeader { Name = "i", Format = ImageFormat.Qcow2, Digest = "sha256:00", SizeBytes = Size }, _gateway.Controller.Upload);
    }

    [Fact]
    public async Task A_form_arrives_whole()
    {
        var bytes = RandomNumberGenerator.GetBytes(Size / 10);
        using var form = new MultipartFormDataContent { { new StringContent("i"), "name" }, { new StringContent("IMAGE_FORMAT_RAW"), "format" }, { new ByteArrayContent(bytes), "file", "disk.raw" } };

        var (status, image) = await PostAsync("", form);

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal($"sha256:{Convert.ToHexStringLower(SHA256.HashData(bytes))}", (string?)image["digest"]);
        Assert.Equal(new UploadHeader { Name = "i", Format = ImageFormat.Raw }, _gateway.Controller.Upload);
    }

    [Fact]
    public async Task What_is_not_announced_is_sent_as_not_known()
    {
        var content = Octets(new byte[1000]);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/images?name=i") { Content = content };
        request.Headers.TransferEncodingChunked = true;

        using var response = await _gateway.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(0UL, _gateway.Controller.Upload!.SizeBytes);
    }

    [Theory]
    [InlineData("?nam=i", "nam")]
    [InlineData("?name=i&format=TAR", "format")]
    [InlineData("?name=i&name=j", "name")]
    [InlineData("?name=i&size_bytes=7", "size_bytes")]
    public async Task Wrong_fields_are_refused_before_anything_is_sent(string query, string field)
    {
        var (status, problem) = await PostAsync(query, Octets(new byte[10]));

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(field, (string?)problem["errors"]![0]!["field"]);
        Assert.Null(_gateway.Controller.Upload);
    }

    public static TheoryData<string, string> BadForms => new()
    {
        { "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\ni\r\n--b--\r\n", "file: is required" },
        { "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\ni\r\n--b--\r\n", "x: is not a parameter" },
        { "--b\r\n\r\ni\r\n--b--\r\n", "no Content-Disposition" },
        { "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\n" + new string('x', 5000) + "\r\n--b--\r\n", "more than 4096 bytes" },
        { "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nbytes\r\n--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\ni\r\n--b--\r\n", "must be the form's last part" },
        { "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nbytes", "broke off" },
        { "nothing", "can't be read" },
    };

    [Theory]
    [MemberData(nameof(BadForms))]
    public async Task Wrong_forms_are_refused_and_nothing_is_kept(string form, string message)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(form)) { Headers = { ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=b") } };

        var (status, problem) = await PostAsync("", content);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(message, (string?)problem["detail"], StringComparison.Ordinal);
        Assert.Empty(_gateway.Controller.Kept);
    }

    [Theory]
    [InlineData("Content-Length: 1000000\r\n\r\n", "bytes, but not a million")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n", "6\r\nbytes.\r\n")]
    public async Task Nothing_is_kept_of_an_upload_that_breaks_off(string headers, string body)
    {
        using (var tcp = new TcpClient())
        {
            await tcp.ConnectAsync("127.0.0.1", _gateway.Address.Port);
            await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"POST /v1/images?name=i HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n{headers}{body}"));
            Assert.True(await _gateway.Controller.Arrived.WaitAsync(RunningGateway.Limit));
        }

        Assert.True(await _gateway.Controller.Cancelled.WaitAsync(RunningGateway.Limit));
        Assert.Empty(_gateway.Controller.Kept);
    }

    [Fact]
    public async Task A_refusal_in_the_middle_is_answered_at_once()
    {
        _gateway.Controller.RefuseUploadAfter = 1_000_000;
        using var tcp = new TcpClient();
        await tcp.ConnectAsync("127.0.0.1", _gateway.Address.Port);
        await using var stream = tcp.GetStream();
        await stream.WriteAsync("POST /v1/images?name=i HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\nContent-Length: 900000000\r\n\r\n"u8.ToArray());
        await stream.WriteAsync(new byte[3_000_000]);
        using var limit = new CancellationTokenSource(RunningGateway.Limit);

        var answer = await new StreamReader(stream).ReadLineAsync(limit.Token);

        Assert.Equal("HTTP/1.1 429 Too Many Requests", answer);
        Assert.Empty(_gateway.Controller.Kept);
    }

    [Fact]
    public async Task Too_large_an_upload_is_413()
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync("127.0.0.1", _gateway.Address.Port);
        await using var stream = tcp.GetStream();
        await stream.WriteAsync("POST /v1/images?name=i HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\nContent-Length: 1073741825\r\n\r\n"u8.ToArray());
        using var limit = new CancellationTokenSource(RunningGateway.Limit);

        Assert.StartsWith("HTTP/1.1 413 ", await new StreamReader(stream).ReadLineAsync(limit.Token), StringComparison.Ordinal);
    }

    private async Task<(HttpStatusCode, JsonNode)> PostAsync(string query, HttpContent content)
    {
        using var response = await _gateway.Http.PostAsync($"/v1/images{query}", content);
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }

    private static ByteArrayContent Octets(byte[] bytes) => new(bytes) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } };
}

using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Qvmc.EndToEnd.Cluster;

namespace Qvmc.EndToEnd;

/// <summary>Uploads that go on after a break, whatever broke: the connection, the gateway or the controller.</summary>
public sealed class UploadTests(TestCluster cluster) : IClassFixture<TestCluster>, IDisposable
{
    private const int RandomBytes = 150_000_001;
    private readonly HttpClient _http = new() { BaseAddress = new Uri(cluster.HttpAddress), Timeout = TimeSpan.FromMinutes(2) };

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task AnUploadSurvivesWhateverBreaks()
    {
        var bytes = await ImageAsync();
        var digest = $"sha256:{Convert.ToHexStringLower(SHA256.HashData(bytes))}";
        using var created = await SendAsync(HttpMethod.Post, "/v1/uploads", null, ("Upload-Length", Text(bytes.Length)), ("Upload-Metadata", $"name {Base64("up:1")},format {Base64("qcow2")},digest {Base64(digest)}"));
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        var path = created.Headers.Location!.ToString();

        // What is sent in each turn, and what breaks then.
        (int Bytes, Func<Task> Break)[] turns =
        [
            (5_000_000, () => Task.CompletedTask),
            (90_000_000, async () =>
            {
                await ArrivedAsync(path, 90_000_000);
                await cluster.Controller.KillAsync();
            }),
            (300_000, () => Task.CompletedTask),
            (10_000_000, cluster.Gateway.KillAsync),
            (20_000_000, async () => await Task.WhenAll(cluster.Controller.KillAsync(), cluster.Gateway.KillAsync())),
        ];
        var offset = 0L;
        foreach (var (count, breakAsync) in turns)
        {
            using (var tcp = await BeginAsync(path, offset, bytes.Length))
            {
                await tcp.GetStream().WriteAsync(bytes.AsMemory((int)offset, count));
                await breakAsync();
            }

            await RestartAsync();
            var there = await SettleAsync(path);
            Assert.InRange(there, offset, offset + count);
            offset = there;
        }

        // The marks are never further apart than what is recorded already: a kill costs half at most.
        Assert.True(offset >= 44_000_000, $"only {offset} bytes were kept");
        using var last = await AppendAsync(path, offset, bytes[(int)offset..]);
        Assert.Equal(HttpStatusCode.NoContent, last.StatusCode);
        Assert.Equal((Text(bytes.Length), "up:1"), (last.Headers.GetValues("Upload-Offset").Single(), last.Headers.GetValues("Qvmc-Image").Single()));

        var image = JsonElement.Parse(await _http.GetStringAsync("/v1/images/up:1"));
        Assert.Equal(digest, image.GetProperty("digest").GetString());
        using var verify = new HttpRequestMessage(HttpMethod.Get, "/v1/images/up%3A1/verify") { Headers = { Accept = { new("application/x-ndjson") } } };
        var verdict = (await (await _http.SendAsync(verify)).Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        Assert.Equal("IMAGE_VERDICT_SOUND", JsonElement.Parse(verdict).GetProperty("verdict").GetString());
        await AssertDownloadAsync(bytes, digest);

        (await cluster.QvmcAsync("launch", "uploaded", "--image", "up:1", "--memory", "128M")).Expect();
        Assert.Equal(HttpStatusCode.Conflict, (await _http.GetAsync("/v1/instances/uploaded/disk")).StatusCode);
        (await cluster.QvmcAsync("stop", "uploaded", "--force")).Expect();
        await AssertDiskAsync("uploaded");
        (await cluster.QvmcAsync("delete", "uploaded", "--force")).Expect();
        Assert.Equal(HttpStatusCode.OK, (await _http.DeleteAsync("/v1/images/up:1")).StatusCode);
        Assert.Empty(Partials(path));
    }

    [Fact]
    public async Task WhatIsGivenUpOrNotAsAnnouncedLeavesNothing()
    {
        using var given = await SendAsync(HttpMethod.Post, "/v1/uploads", null, ("Upload-Length", "1000000"), ("Upload-Metadata", $"name {Base64("gone")}"));
        var path = given.Headers.Location!.ToString();
        using (var tcp = await BeginAsync(path, 0, 1_000_000))
        {
            await tcp.GetStream().WriteAsync(new byte[500_000]);
        }

        using var deleted = await SendAsync(HttpMethod.Delete, path);
        using var missing = await SendAsync(HttpMethod.Head, path);
        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NotFound), (deleted.StatusCode, missing.StatusCode));

        using var created = await SendAsync(HttpMethod.Post, "/v1/uploads", null, ("Upload-Length", "1000000"), ("Upload-Metadata", $"name {Base64("wrong")},digest {Base64($"sha512:{new string('0', 128)}")}"));
        using var wrong = await AppendAsync(created.Headers.Location!.ToString(), 0, new byte[1_000_000]);
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        Assert.Contains("checksum", await wrong.Content.ReadAsStringAsync(), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(HttpStatusCode.NotFound, (await _http.GetAsync("/v1/images/wrong")).StatusCode);
        using var again = await SendAsync(HttpMethod.Delete, created.Headers.Location!.ToString());
        Assert.Empty(Partials(path));
        Assert.Empty(Partials(created.Headers.Location!.ToString()));
    }

    // The tiny guest's disk with random bytes behind its partition: it boots, and no two parts of it are the same.
    private async Task<byte[]> ImageAsync()
    {
        var (raw, qcow2) = (Path.Combine(cluster.Root, "up.raw"), Path.Combine(cluster.Root, "up.qcow2"));
        await QemuImgAsync("convert", "-O", "raw", Binaries.TinyImage, raw);
        await using (var file = new FileStream(raw, FileMode.Append))
        {
            await file.WriteAsync(RandomNumberGenerator.GetBytes(RandomBytes));
        }

        await QemuImgAsync("convert", "-f", "raw", "-O", "qcow2", raw, qcow2);
        var bytes = await File.ReadAllBytesAsync(qcow2);
        File.Delete(raw);
        File.Delete(qcow2);
        return bytes;
    }

    private async Task AssertDownloadAsync(byte[] bytes, string digest)
    {
        using var head = new HttpRequestMessage(HttpMethod.Head, "/v1/images/up:1/content");
        using var told = await _http.SendAsync(head);
        Assert.Equal((bytes.Length, $"\"{digest}\""), (told.Content.Headers.ContentLength, told.Headers.ETag?.Tag));
        using var half = new HttpRequestMessage(HttpMethod.Get, "/v1/images/up:1/content") { Headers = { Range = new RangeHeaderValue(bytes.Length / 2, null) } };
        using var rest = await _http.SendAsync(half);
        Assert.Equal(HttpStatusCode.PartialContent, rest.StatusCode);
        var (second, whole) = (await rest.Content.ReadAsByteArrayAsync(), await _http.GetByteArrayAsync("/v1/images/up:1/content"));
        Assert.True(bytes.AsSpan(bytes.Length / 2).SequenceEqual(second), "the second half differs");
        Assert.True(bytes.AsSpan().SequenceEqual(whole), "the whole differs");
    }

    private async Task AssertDiskAsync(string instance)
    {
        using var disk = await _http.GetAsync($"/v1/instances/{instance}/disk");
        Assert.Equal((HttpStatusCode.OK, $"{instance}.qcow2"), (disk.StatusCode, disk.Content.Headers.ContentDisposition?.FileName?.Trim('"')));
        var bytes = await disk.Content.ReadAsByteArrayAsync();
        Assert.Equal(disk.Content.Headers.ContentLength, bytes.Length);
        var file = Path.Combine(cluster.Root, "disk.qcow2");
        await File.WriteAllBytesAsync(file, bytes);
        await QemuImgAsync("check", "-f", "qcow2", file);
        File.Delete(file);
    }

    private async Task RestartAsync()
    {
        foreach (var daemon in new[] { cluster.Controller, cluster.Gateway }.Where(d => !d.IsRunning))
        {
            await daemon.StartAsync();
        }
    }

    // What a request brought that broke off may still be on its way to the disk. The next one takes over from it, and
    // is told so when the offset has grown meanwhile.
    private async Task<long> SettleAsync(string path)
    {
        while (true)
        {
            var offset = await OffsetAsync(path);
            using var response = await AppendAsync(path, offset, []);
            if (response.StatusCode == HttpStatusCode.NoContent)
            {
                return offset;
            }

            Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        }
    }

    private Task<HttpResponseMessage> AppendAsync(string path, long offset, byte[] bytes) => SendAsync(
        HttpMethod.Patch, path, new ByteArrayContent(bytes) { Headers = { ContentType = new MediaTypeHeaderValue("application/offset+octet-stream") } }, ("Upload-Offset", Text(offset)));

    private async Task ArrivedAsync(string upload, long bytes)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (Partials(upload).Max(path => new FileInfo(path).Length) < bytes)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), limit.Token);
        }
    }

    private async Task<long> OffsetAsync(string path)
    {
        using var response = await SendAsync(HttpMethod.Head, path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return long.Parse(response.Headers.GetValues("Upload-Offset").Single(), CultureInfo.InvariantCulture);
    }

    private async Task<TcpClient> BeginAsync(string path, long offset, long length)
    {
        var tcp = new TcpClient();
        await tcp.ConnectAsync("127.0.0.1", _http.BaseAddress!.Port);
        await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"PATCH {path} HTTP/1.1\r\nHost: localhost\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: {offset}\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: {length - offset}\r\n\r\n"));
        return tcp;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content, Headers = { { "Tus-Resumable", "1.0.0" } } };
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        return await _http.SendAsync(request);
    }

    // What there is on the disk of an upload, by its address.
    private string[] Partials(string upload) => Directory.Exists(Path.Combine(cluster.Root, "images", "partial"))
        ? Directory.GetFiles(Path.Combine(cluster.Root, "images", "partial"), $"upload-{upload[(upload.LastIndexOf('/') + 1)..]}*")
        : [];

    private static async Task QemuImgAsync(params string[] arguments)
    {
        using var process = Process.Start("qemu-img", arguments);
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(0, process.ExitCode);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}

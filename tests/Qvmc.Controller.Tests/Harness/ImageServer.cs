using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Qvmc.Controller.Tests;

/// <summary>A publisher of one image on loopback: with ranges and a list of checksums, and it can hold its bytes back.</summary>
internal sealed class ImageServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly SemaphoreSlim _asked = new(0);
    private TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ImageServer(WebApplication app) => _app = app;

    public byte[] Body { get; set; } = Bytes(1);

    public int Status { get; set; } = 200;

    /// <summary>After so many bytes of its file an answer waits until <see cref="Release"/>.</summary>
    public long HoldAfter { get; set; } = long.MaxValue;

    /// <summary>How long it rests after each 64 KiB, as over a slow line.</summary>
    public TimeSpan Pace { get; set; }

    /// <summary>The range of each request for the image, in order; empty: all of it.</summary>
    public ConcurrentQueue<string> Ranges { get; } = [];

    /// <summary>How often it answered that it has nothing newer.</summary>
    public int NotNewer { get; private set; }

    public string Url => _app.Urls.Single() + "/disk.raw";

    public string SumsUrl => _app.Urls.Single() + "/SHA256SUMS";

    public string Sum => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Body));

    /// <summary>A raw disk of 4 MiB, told apart by its seed.</summary>
    public static byte[] Bytes(int seed)
    {
        var bytes = new byte[4 << 20];
        new Random(seed).NextBytes(bytes.AsSpan(0, bytes.Length / 2));
        return bytes;
    }

    public static async Task<ImageServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").UseShutdownTimeout(TimeSpan.FromMilliseconds(100));
        var server = new ImageServer(builder.Build());
        server._app.MapGet("/disk.raw", server.ServeAsync);
        server._app.MapGet("/SHA256SUMS", http => http.Response.WriteAsync($"{server.Sum["sha256:".Length..]}  disk.raw\n"));
        await server._app.StartAsync();
        return server;
    }

    /// <summary>A catalogue of this image as "own:1", with the alias "own:one".</summary>
    public string Catalogue(string agent = "GUEST_AGENT_ABSENT") => $$"""
        { "images": [ { "name": "own:1", "aliases": ["own:one"], "latest": true, "default_user": "me", "guest_agent": "{{agent}}", "files": [
            { "arch": "x86_64", "url": "{{Url}}", "checksum_url": "{{SumsUrl}}" }, { "arch": "aarch64", "url": "{{Url}}", "checksum_url": "{{SumsUrl}}" } ] } ] }
        """;

    /// <summary>Ends when the image was asked for once more.</summary>
    public async Task AskedAsync() => Assert.True(await _asked.WaitAsync(Limits.Test));

    /// <summary>Lets all that is held back go, and what is asked for later.</summary>
    public void Release()
    {
        HoldAfter = long.MaxValue;
        var gate = _gate;
        _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        gate.SetResult();
    }

    public async ValueTask DisposeAsync()
    {
        Release();
        await _app.DisposeAsync();
    }

    private async Task ServeAsync(HttpContext http)
    {
        var gate = _gate.Task;
        var (body, hold) = (Body, HoldAfter);
        var range = http.Request.Headers.Range.ToString();
        Ranges.Enqueue(range);
        _asked.Release();
        http.Response.Headers.ETag = $"\"{Sum}\"";
        http.Response.Headers.AcceptRanges = "bytes";
        if (Status != 200)
        {
            http.Response.StatusCode = Status;
            return;
        }

        if (http.Request.Headers.IfNoneMatch == http.Response.Headers.ETag)
        {
            http.Response.StatusCode = 304;
            NotNewer++;
            return;
        }

        var start = range.Length == 0 ? 0 : int.Parse(range.AsSpan("bytes=".Length, range.IndexOf('-') - "bytes=".Length), CultureInfo.InvariantCulture);
        if (start > 0)
        {
            http.Response.StatusCode = 206;
            http.Response.Headers.ContentRange = $"bytes {start}-{body.Length - 1}/{body.Length}";
        }

        http.Response.ContentLength = body.Length - start;
        var first = (int)Math.Clamp(hold - start, 0, body.Length - start);
        foreach (var piece in body[start..(start + first)].Chunk(Pace > TimeSpan.Zero ? 64 << 10 : body.Length))
        {
            await http.Response.Body.WriteAsync(piece, http.RequestAborted);
            await http.Response.Body.FlushAsync(http.RequestAborted);
            await Task.Delay(Pace, http.RequestAborted);
        }

        if (first < body.Length - start)
        {
            await gate.WaitAsync(http.RequestAborted);
            await http.Response.Body.WriteAsync(body.AsMemory(start + first), http.RequestAborted);
        }
    }
}

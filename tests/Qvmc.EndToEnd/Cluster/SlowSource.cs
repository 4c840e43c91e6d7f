using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Qvmc.EndToEnd.Cluster;

/// <summary>A publisher of one file on loopback, over a slow line; with ranges.</summary>
public sealed class SlowSource : IAsyncDisposable
{
    private const int PieceBytes = 128 << 10;

    private readonly WebApplication _app;
    private readonly string _path;
    private readonly TimeSpan _pace;
    private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _served = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private SlowSource(WebApplication app, string path, TimeSpan pace) => (_app, _path, _pace) = (app, path, pace);

    /// <summary>Where each answer began.</summary>
    public ConcurrentQueue<long> Starts { get; } = [];

    /// <summary>Ends when the last byte was sent once.</summary>
    public Task Served => _served.Task;

    /// <summary>What is beyond so many bytes waits until <see cref="GoOn"/>.</summary>
    public long HoldAfter { get; set; } = long.MaxValue;

    public string Url => $"{_app.Urls.Single()}/{Path.GetFileName(_path)}";

    /// <summary>Starts it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="length">How long all of it takes, at least.</param>
    public static async Task<SlowSource> StartAsync(string path, TimeSpan length)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").UseShutdownTimeout(TimeSpan.FromMilliseconds(100));
        var source = new SlowSource(builder.Build(), path, length / (new FileInfo(path).Length / PieceBytes));
        source._app.MapGet("/" + Path.GetFileName(path), source.ServeAsync);
        await source._app.StartAsync();
        return source;
    }

    /// <summary>Lets what is held back go, now and later.</summary>
    public void GoOn() => _goOn.TrySetResult();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ServeAsync(HttpContext http)
    {
        await using var file = File.OpenRead(_path);
        var range = http.Request.Headers.Range.ToString();
        if (range.Length > 0)
        {
            file.Position = long.Parse(range.AsSpan("bytes=".Length).TrimEnd('-'), CultureInfo.InvariantCulture);
            http.Response.StatusCode = StatusCodes.Status206PartialContent;
            http.Response.Headers.ContentRange = $"bytes {file.Position}-{file.Length - 1}/{file.Length}";
        }

        Starts.Enqueue(file.Position);
        http.Response.Headers.ETag = "\"1\"";
        http.Response.ContentLength = file.Length - file.Position;
        var piece = new byte[PieceBytes];
        int count;
        while ((count = await file.ReadAtLeastAsync(piece, piece.Length, throwOnEndOfStream: false, http.RequestAborted)) > 0)
        {
            if (file.Position > HoldAfter)
            {
                await _goOn.Task.WaitAsync(http.RequestAborted);
            }

            await http.Response.Body.WriteAsync(piece.AsMemory(0, count), http.RequestAborted);
            await http.Response.Body.FlushAsync(http.RequestAborted);
            await Task.Delay(_pace, http.RequestAborted);
        }

        _served.TrySetResult();
    }
}

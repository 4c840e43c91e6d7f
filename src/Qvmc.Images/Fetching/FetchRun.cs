using Microsoft.Extensions.Logging;
using Qvmc.Core.Faults;
using Qvmc.Images.Tools;

namespace Qvmc.Images.Fetching;

/// <summary>One fetch: its sources one after another, until one has brought the image.</summary>
internal sealed partial class FetchRun(
    ImageFetch fetch, Checksum? expected, PullFile pull, ImageStore store, HttpSource http, ImageFetcherOptions options, TimeProvider time, FetchMeter meter, ILogger logger)
    : IAsyncDisposable
{
    // Two publishers' bytes that are wrong: then rather the checksum is.
    private const int MaxMismatches = 2;

    private readonly Attempts _attempts = new(options, time, meter, logger);
    private IntakeFeed? _feed;
    private bool _isPresent;

    internal async Task<ImageFetchResult> RunAsync(CancellationToken ct)
    {
        var failures = new SourceFailures();
        foreach (var url in fetch.Urls)
        {
            try
            {
                if ((url.IsFile ? await FromFileAsync(url, ct) : await FromHttpAsync(url, ct)) is not { } blob)
                {
                    return new ImageFetchResult(null, url, null, fetch.PresentVersion);
                }

                Fetched(logger, SourceTrouble.Show(url), blob.Digest);
                return new ImageFetchResult(blob, url, expected, Version(url));
            }
            catch (SourceException e)
            {
                failures.Add(url, e);
                meter.Trouble($"{SourceTrouble.Name(url)} {e.Message}");
                GivenUp(logger, SourceTrouble.Show(url), e.Message);
                if (failures.Mismatches == MaxMismatches)
                {
                    break;
                }
            }
        }

        throw failures.Fault();
    }

    public async ValueTask DisposeAsync() => await StopFeedAsync();

    // It is at hand: a copy of its bytes would be of no use.
    private async Task<ImageBlob> FromFileAsync(Uri url, CancellationToken ct)
    {
        await using var file = LocalSource.Open(url, options);
        long? size = file.CanSeek ? file.Length : null;
        meter.Preparing(size);
        try
        {
            return await store.AddAsync(file, Expectation(size), ct);
        }
        catch (FaultException e) when (e.Code == FaultCode.InvalidArgument)
        {
            throw Useless(e);
        }
    }

    // Null: the source still has what is here.
    private async Task<ImageBlob?> FromHttpAsync(Uri url, CancellationToken ct)
    {
        for (var again = false; ; again = true)
        {
            await _attempts.RunAsync(url, () => DownloadAsync(url, ct), () => pull.Reached, ct);
            if (_isPresent)
            {
                await BeginAnewAsync();
                return null;
            }

            var sum = pull.Sum();
            if (sum == expected)
            {
                return await TakeInAsync(ct);
            }

            // Pieces of several places that do not fit are nobody's fault: once more, all of it from here.
            var pieced = pull.Source!.Pieced;
            await BeginAnewAsync();
            if (!pieced || again)
            {
                throw new SourceException($"has other bytes than its publisher says: their checksum is {sum} and should be {expected}")
                {
                    Final = true,
                    Mismatch = true,
                    Code = FaultCode.FailedPrecondition,
                };
            }
        }
    }

    // One attempt: what is missing, or everything.
    private async Task DownloadAsync(Uri url, CancellationToken ct)
    {
        await FeedAsync(ct);
        if (pull.IsWhole && expected is not null)
        {
            return;
        }

        using var watch = new ReplyWatch(options.StallLimit, time, ct);
        using var body = await http.OpenAsync(url, pull.ResumeAt(url), Present(url), watch, ct);
        if (body is null)
        {
            _isPresent = !pull.IsWhole;
            return;
        }

        if (body.Start == 0)
        {
            await BeginAnewAsync();
        }

        Began(logger, SourceTrouble.Show(url), body.Start, body.File.Total);
        pull.Expect(body.Start, body.File);
        CheckRoom();
        meter.Trouble("");
        var buffer = new byte[128 << 10];
        int count;
        while ((count = await body.ReadAsync(buffer, pull.Length, watch, ct)) > 0)
        {
            if (pull.Length + count > Math.Min(pull.Total ?? long.MaxValue, options.MaxBytes))
            {
                var tooLarge = pull.Length + count > options.MaxBytes;
                await BeginAnewAsync();
                throw tooLarge ? http.TooLarge(null) : new SourceException("sends more than it said");
            }

            await pull.AppendAsync(buffer.AsMemory(0, count), ct);
            await FeedAsync(ct);
            meter.Bytes(pull.Length, pull.Total);
        }

        if (pull.Length < pull.Total)
        {
            throw SourceTrouble.BrokeOff(pull.Length, pull.Total);
        }

        if (pull.Length == 0)
        {
            throw new SourceException("has an empty file") { Final = true, Code = FaultCode.FailedPrecondition };
        }
    }

    // Where no checksum tells whether it has changed, the source can: what came earlier, if that is all, or the image.
    private RemoteFile? Present(Uri url)
    {
        var present = pull.IsWhole ? pull.Source : RemoteFile.Read(fetch.PresentVersion);
        return expected is null && present?.CanBeToldBy(url) == true ? present : null;
    }

    private string? Version(Uri url) => expected is null && pull.Source?.CanBeToldBy(url) == true ? pull.Source.Write() : null;

    private void CheckRoom()
    {
        var directory = Path.GetDirectoryName(pull.Bytes.Path)!;
        if (pull.Total - pull.Length is { } missing && missing > Disk.Free(directory))
        {
            throw Disk.Full("what is missing of the image", directory, missing);
        }
    }

    private ImageExpectation Expectation(long? size) => new(fetch.Format, expected, size, meter);

    [LoggerMessage(Level = LogLevel.Information, Message = "{url}: comes from byte {start} on, of {total}")]
    private static partial void Began(ILogger logger, string url, long start, long? total);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{url} {what}: given up")]
    private static partial void GivenUp(ILogger logger, string url, string what);

    [LoggerMessage(Level = LogLevel.Information, Message = "{url}: fetched as {digest}")]
    private static partial void Fetched(ILogger logger, string url, string digest);
}

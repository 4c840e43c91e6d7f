using Microsoft.Extensions.Logging;
using Qvmc.Core.Faults;
using Qvmc.Images.Fetching;

namespace Qvmc.Images;

/// <summary>
/// Fetches images over HTTP, or from files, into the store. A fetch goes on where it broke off, in the same process or in
/// another; nothing becomes an image before its checksum, where there is one, was found right over all its bytes.
/// </summary>
public sealed class ImageFetcher : IDisposable
{
    private readonly ImageStore _store;
    private readonly ImageFetcherOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly HttpSource _http;

    /// <summary>Nothing is asked for or made yet.</summary>
    /// <param name="store">Where images go, and what comes of them meanwhile.</param>
    /// <param name="options">How patient to be, and what is allowed.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Logs attempts.</param>
    public ImageFetcher(ImageStore store, ImageFetcherOptions options, TimeProvider time, ILogger logger)
        : this(store, options, time, logger, null)
    {
    }

    internal ImageFetcher(ImageStore store, ImageFetcherOptions options, TimeProvider time, ILogger logger, Action<SocketsHttpHandler>? adjust)
    {
        (_store, _options, _time, _logger) = (store, options, time, logger);
        _http = new HttpSource(options, time, adjust);
    }

    /// <summary>Fetches an image, going on where an earlier attempt of the same id stopped.</summary>
    /// <param name="fetch">What.</param>
    /// <param name="progress">Is told how far it is, about twice a second, on whatever thread does the work.</param>
    /// <param name="ct">Gives up; what came so far is kept.</param>
    /// <exception cref="FaultException">
    /// No source has it: the message names each and what it answered (NOT_FOUND, UNAVAILABLE, or as they agree); the disk is
    /// full (RESOURCE_EXHAUSTED); another fetch of the id is under way (FAILED_PRECONDITION).
    /// </exception>
    public async Task<ImageFetchResult> FetchAsync(ImageFetch fetch, IProgress<FetchProgress> progress, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfZero(fetch.Urls.Count, nameof(fetch));
        var path = PathOf(fetch.Id);
        using var meter = new FetchMeter(progress, _time);
        var checksums = await ChecksumsAsync(fetch, meter, ct);
        for (var again = false; ; again = true)
        {
            if (fetch.Present is { } present && checksums.Contains(present))
            {
                Abandon(fetch.Id);
                return new ImageFetchResult(null, fetch.Urls[0], present);
            }

            try
            {
                return await FetchAsync(fetch, path, checksums.Count > 0 ? checksums[0] : null, meter, ct);
            }
            catch (FaultException e) when (e.InnerException is SourceException { Mismatch: true } && fetch.Checksum is null && !again)
            {
                // The publisher may have put a new version there between our two looks.
                var newer = await ChecksumsAsync(fetch, meter, ct);
                if (newer[0] == checksums[0])
                {
                    throw;
                }

                checksums = newer;
            }
        }
    }

    /// <summary>Deletes what came so far of a fetch; of one that is not there, nothing.</summary>
    /// <exception cref="FaultException">It is under way (FAILED_PRECONDITION): cancel it first.</exception>
    public void Abandon(string id)
    {
        var path = PathOf(id);
        if (!File.Exists(path))
        {
            return;
        }

        var file = PartialFile.Open(path);
        try
        {
            file.Delete();
        }
        finally
        {
            file.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    /// <summary>Closes connections that are kept; there must be no fetch under way.</summary>
    public void Dispose() => _http.Dispose();

    private async Task<ImageFetchResult> FetchAsync(ImageFetch fetch, string path, Checksum? expected, FetchMeter meter, CancellationToken ct)
    {
        Directory.CreateDirectory(_store.PartialDirectory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await using var pull = await PullFile.OpenAsync(path, expected, _options.RecordEvery, _time, ct);
        await using var run = new FetchRun(fetch, expected, pull, _store, _http, _options, _time, meter, _logger);
        try
        {
            return await run.RunAsync(ct);
        }
        finally
        {
            if (pull.Length == 0)
            {
                pull.Bytes.Delete();
            }
        }
    }

    // The strongest first; none when there is nothing to compare with.
    private async Task<IReadOnlyList<Checksum>> ChecksumsAsync(ImageFetch fetch, FetchMeter meter, CancellationToken ct) => fetch switch
    {
        { Checksum: { } checksum } => [checksum],
        { ChecksumUrl: { } url } => await new ChecksumSource(_http, _options, _time, meter, _logger).LoadAsync(url, fetch.Urls, ct),
        _ => [],
    };

    private string PathOf(string id) => id.Length is > 0 and <= 128 && !id.AsSpan().ContainsAnyExcept("abcdefghijklmnopqrstuvwxyz0123456789-")
        ? Path.Combine(_store.PartialDirectory, $"{ImageStore.PullPrefix}{id}")
        : throw new ArgumentException($"\"{id}\" is no id of a fetch", nameof(id));
}

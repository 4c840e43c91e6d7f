using System.Net;
using System.Net.Http.Headers;
using Qvmc.Core.Faults;
using Qvmc.Images.Tools;

namespace Qvmc.Images.Fetching;

/// <summary>
/// Asks for files over HTTP. A rest is asked for by Range, with If-Range where the source can tell whether the file is
/// still the same; whatever comes back that is not surely this rest becomes the whole file from its beginning.
/// </summary>
internal sealed class HttpSource : IDisposable
{
    internal const int MaxRedirects = 10;

    private readonly HttpClient _client;
    private readonly TimeProvider _time;
    private readonly long _maxBytes;

    internal HttpSource(ImageFetcherOptions options, TimeProvider time, Action<SocketsHttpHandler>? adjust)
    {
        // The proxy is what http_proxy, https_proxy, all_proxy and no_proxy say: .NET's default. Redirections from https
        // to http it does not follow either.
        var handler = new SocketsHttpHandler
        {
            MaxAutomaticRedirections = MaxRedirects,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = options.StallLimit,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        adjust?.Invoke(handler);
        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("qvmc", typeof(HttpSource).Assembly.GetName().Version!.ToString(3)));
        _client.DefaultRequestHeaders.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
        (_time, _maxBytes) = (time, options.MaxBytes);
    }

    /// <summary>Asks for a file, or for its rest; the body says which of them comes.</summary>
    /// <param name="url">Where it is.</param>
    /// <param name="resume">From where on it is wanted; null, or if that can't be had: from the beginning.</param>
    /// <param name="present">What is here of it, whole; null: nothing of which the source could tell whether it still has it.</param>
    /// <param name="watch">How long it may be silent.</param>
    /// <param name="ct">Gives up.</param>
    /// <returns>Null: the source still has <paramref name="present"/>.</returns>
    /// <exception cref="SourceException">It does not come.</exception>
    internal async Task<HttpBody?> OpenAsync(Uri url, ResumePoint? resume, RemoteFile? present, ReplyWatch watch, CancellationToken ct)
    {
        if (url.Scheme is not ("http" or "https"))
        {
            throw new SourceException("is no address that can be fetched from: there are http, https and file") { Final = true, Code = FaultCode.InvalidArgument };
        }

        // At most three requests: for the rest under a condition, without one, for the whole.
        var condition = resume is not null && resume.Known.CanBeToldBy(url);
        while (true)
        {
            var response = await SendAsync(url, resume, condition, present, watch, ct);
            try
            {
                var file = Describe(url, response, resume);
                if (resume is not null && IsRest(response, resume, file))
                {
                    // Without a condition nobody but the checksum can say that the bytes fit.
                    return await BodyAsync(response, resume.Offset, condition ? resume.Known : file with { Pieced = true }, watch);
                }

                if (condition && resume!.Checked && response.StatusCode == HttpStatusCode.OK && IsSameElsewhere(file, resume.Known))
                {
                    // Led to another mirror, which does not know the first one's ETag.
                    condition = false;
                    response.Dispose();
                    continue;
                }

                if (resume is not null && response.StatusCode is HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable)
                {
                    resume = null;
                    condition = false;
                    response.Dispose();
                    continue;
                }

                if (resume is null && present is not null && response.StatusCode == HttpStatusCode.NotModified)
                {
                    response.Dispose();
                    return null;
                }

                return response.StatusCode == HttpStatusCode.OK
                    ? await BodyAsync(response, 0, file, watch)
                    : throw SourceTrouble.Of(response, _time.GetUtcNow());
            }
            catch
            {
                response.Dispose();
                throw;
            }
        }
    }

    private async Task<HttpResponseMessage> SendAsync(
        Uri url, ResumePoint? resume, bool condition, RemoteFile? present, ReplyWatch watch, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        if (resume is not null)
        {
            request.Headers.Range = new RangeHeaderValue(resume.Offset, null);
            request.Headers.IfRange = (condition, resume.Known.ETag) switch
            {
                (false, _) => null,
                (_, { } tag) => new RangeConditionHeaderValue(tag),
                _ => new RangeConditionHeaderValue(resume.Known.LastModified!.Value),
            };
        }
        else if (present?.ETag is { } tag)
        {
            request.Headers.IfNoneMatch.Add(new EntityTagHeaderValue(tag));
        }
        else
        {
            request.Headers.IfModifiedSince = present?.LastModified;
        }

        try
        {
            watch.Begin();
            var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, watch.Token);
            watch.End();
            return response;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw SourceTrouble.Silent(watch.Limit, answered: false);
        }
        catch (HttpRequestException e)
        {
            throw SourceTrouble.Of(e);
        }
    }

    private async Task<HttpBody> BodyAsync(HttpResponseMessage response, long start, RemoteFile file, ReplyWatch watch)
    {
        if (response.Content.Headers.ContentEncoding.FirstOrDefault(e => e != "identity") is { } encoding)
        {
            throw new SourceException($"sends the file encoded ({encoding}), although it was asked not to") { Final = true, Code = FaultCode.FailedPrecondition };
        }

        if (file.Total > _maxBytes)
        {
            throw TooLarge(file.Total);
        }

        return new HttpBody(response, await response.Content.ReadAsStreamAsync(watch.Token), start, file);
    }

    internal SourceException TooLarge(long? total) => new(
        $"has {(total is { } size ? Disk.Size(size) : "more")}, and at most {Disk.Size(_maxBytes)} are allowed; allow more in the configuration (image_limits.max_gib)")
    {
        Final = true,
        Code = FaultCode.ResourceExhausted,
    };

    private static RemoteFile Describe(Uri url, HttpResponseMessage response, ResumePoint? resume)
    {
        var tag = response.Headers.ETag is { IsWeak: false } etag ? etag.Tag : null;

        // A date tells versions apart only if the file could not change again within its second.
        var modified = response.Content.Headers.LastModified is { } date && response.Headers.Date - date >= TimeSpan.FromSeconds(1) ? date : (DateTimeOffset?)null;
        var total = response.StatusCode == HttpStatusCode.PartialContent
            ? response.Content.Headers.ContentRange?.Length ?? resume?.Known.Total
            : response.Content.Headers.ContentLength;
        return new RemoteFile(url.AbsoluteUri, response.RequestMessage!.RequestUri!.AbsoluteUri, tag, modified, total, null, false);
    }

    private static bool IsRest(HttpResponseMessage response, ResumePoint resume, RemoteFile file) =>
        response.StatusCode == HttpStatusCode.PartialContent
        && response.Content.Headers.ContentRange is { Unit: "bytes", From: { } from, To: { } to }
        && from == resume.Offset
        && (response.Content.Headers.ContentLength ?? to - from + 1) == to - from + 1
        && !file.IsOtherThan(resume.Known)

        // RFC 9110, 15.3.7: who has an ETag must show it with a part too.
        && (resume.Checked || file.ETag == resume.Known.ETag);

    private static bool IsSameElsewhere(RemoteFile file, RemoteFile known) =>
        file.Place != known.Place && file.Total is not null && file.Total == known.Total;

    public void Dispose() => _client.Dispose();
}

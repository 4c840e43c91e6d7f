using System.Net;
using Qvmc.Core.Faults;

namespace Qvmc.Images.Catalogue;

/// <summary>
/// A catalogue that a URL serves. What was fetched last and found good is kept in a directory and used until something
/// better comes, after a restart too.
/// </summary>
public sealed class RemoteCatalogue : ICatalogueOrigin
{
    private readonly Uri _url;
    private readonly CatalogueCopy _copy;
    private volatile CatalogueReading _reading = CatalogueReading.None;
    private string _tag = "";

    /// <summary>Takes the copy, if there is one. Nothing is fetched.</summary>
    /// <param name="url">http or https.</param>
    /// <param name="directory">Where copies are kept.</param>
    public RemoteCatalogue(Uri url, string directory)
    {
        _url = url;
        _copy = new CatalogueCopy(directory, url);
        if (_copy.Read(url.AbsoluteUri) is { } kept)
        {
            (_reading, _tag) = (new CatalogueReading(kept.Catalogue, ""), kept.Tag);
        }
        else
        {
            _reading = _reading.With(url.AbsoluteUri, "was not fetched yet") with { IsPending = true };
        }
    }

    /// <summary>Where it is.</summary>
    public Uri Url => _url;

    /// <summary>A client for fetching catalogues: bounded in time and size.</summary>
    public static HttpClient NewClient() => new(new SocketsHttpHandler
    {
        AutomaticDecompression = DecompressionMethods.All,
        ConnectTimeout = TimeSpan.FromSeconds(15),
        MaxAutomaticRedirections = 5,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(15),
    })
    {
        MaxResponseContentBufferSize = CatalogueText.MaxBytes,
        Timeout = TimeSpan.FromSeconds(60),
    };

    /// <inheritdoc/>
    public CatalogueReading Read() => _reading;

    /// <summary>Asks the server for what is new. One at a time.</summary>
    /// <returns>Whether all is well; if not, the reading has a warning.</returns>
    public async Task<bool> RefreshAsync(HttpClient client, CancellationToken ct)
    {
        var trouble = await TryRefreshAsync(client, ct);
        if (trouble.Length > 0)
        {
            _reading = _reading.With(_url.AbsoluteUri, trouble);
        }

        return trouble.Length == 0;
    }

    private async Task<string> TryRefreshAsync(HttpClient client, CancellationToken ct)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, _url);
            if (_tag.Length > 0)
            {
                request.Headers.TryAddWithoutValidation("If-None-Match", _tag);
            }

            using var response = await client.SendAsync(request, ct);
            if (response.StatusCode == HttpStatusCode.NotModified && _reading.Catalogue is not null)
            {
                _reading = _reading with { Warning = "" };
                return "";
            }

            if (response.StatusCode != HttpStatusCode.OK)
            {
                return $"can't be fetched: its server answers {(int)response.StatusCode} {response.ReasonPhrase}".TrimEnd();
            }

            return Take(await response.Content.ReadAsByteArrayAsync(ct), response.Headers.ETag?.ToString() ?? "");
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return $"can't be fetched: its server took longer than {client.Timeout.TotalSeconds:0} s";
        }
        catch (Exception e) when (e is HttpRequestException or IOException or UnauthorizedAccessException)
        {
            return $"can't be fetched: {e.Message.TrimEnd('.')}";
        }
    }

    private string Take(byte[] text, string tag)
    {
        try
        {
            var catalogue = CatalogueText.Read(_url.AbsoluteUri, text);
            (_reading, _tag) = (new CatalogueReading(catalogue, ""), tag);
        }
        catch (FaultException fault)
        {
            return CatalogueReading.Faults(fault);
        }

        try
        {
            _copy.Write(text, tag);
            return "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"can't be kept for the next start: {e.Message.TrimEnd('.')}";
        }
    }
}

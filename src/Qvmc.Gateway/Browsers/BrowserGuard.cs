using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Qvmc.Gateway.Problems;
using Qvmc.Hosting.Endpoints;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Gateway.Browsers;

/// <summary>
/// Keeps web pages of strangers away from a gateway that trusts whoever can reach it. A page can make its visitor's
/// browser send requests to this host, and by a name of its own that it lets resolve to this host (DNS rebinding)
/// even read the answers. So a request must ask for a name that is ours, and one that a script sent must come from
/// our own pages or an origin in allowed_origins, which is answered as CORS wants.
/// </summary>
internal sealed class BrowserGuard(GatewaySettings settings)
{
    private const string Methods = "GET, HEAD, POST, PATCH, PUT, DELETE";
    private const string RequestHeaders =
        "Content-Type, If-Match, If-None-Match, If-Range, Range, Last-Event-ID, Grpc-Timeout, traceparent, tracestate, " +
        "Tus-Resumable, Upload-Length, Upload-Metadata, Upload-Offset, X-HTTP-Method-Override";
    private const string ResponseHeaders =
        "ETag, Retry-After, Accept-Ranges, Content-Disposition, Content-Range, Repr-Digest, Location, Qvmc-Image, " +
        "Tus-Extension, Tus-Max-Size, Tus-Resumable, Tus-Version, Upload-Expires, Upload-Length, Upload-Metadata, Upload-Offset";

    private readonly HashSet<string> _origins = new(settings.AllowedOrigins, StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _hosts = new(settings.AllowedOrigins.Select(origin => new Uri(origin).Host), StringComparer.OrdinalIgnoreCase) { "localhost", "127.0.0.1", "[::1]" };

    // A browser can't reach a Unix socket, and whoever reaches us from another host has shown a certificate.
    private readonly bool _checksHost = EndpointAddress.Parse(settings.Listen.Address) is { IsLocal: true, Kind: not EndpointKind.Unix };

    public void Use(IApplicationBuilder app) => app.Use(next => async http =>
    {
        if (_checksHost && !_hosts.Contains(http.Request.Host.Host))
        {
            await ProblemKinds.Misdirected(http.Request.Host.Value ?? "").WriteAsync(http);
            return;
        }
        var origin = http.Request.Headers.Origin.ToString();
        if (origin.Length == 0 || IsOwn(origin, http.Request))
        {
            await next(http);
            return;
        }
        http.Response.Headers.Vary = HeaderNames.Origin;
        if (!_origins.Contains(origin))
        {
            await ProblemKinds.ForeignOrigin(origin).WriteAsync(http);
            return;
        }
        http.Response.Headers.AccessControlAllowOrigin = origin;
        http.Response.Headers.AccessControlExposeHeaders = ResponseHeaders;
        if (HttpMethods.IsOptions(http.Request.Method) && http.Request.Headers.AccessControlRequestMethod.Count > 0)
        {
            Allow(http.Response);
            return;
        }
        await next(http);
    });

    private static bool IsOwn(string origin, HttpRequest request) =>
        string.Equals(origin, $"{request.Scheme}://{request.Host.Value}", StringComparison.OrdinalIgnoreCase);

    private static void Allow(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status204NoContent;
        response.Headers.AccessControlAllowMethods = Methods;
        response.Headers.AccessControlAllowHeaders = RequestHeaders;
        response.Headers.AccessControlMaxAge = "600";
    }
}

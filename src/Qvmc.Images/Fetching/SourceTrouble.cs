using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Qvmc.Core.Faults;
using Qvmc.Images.Tools;

namespace Qvmc.Images.Fetching;

/// <summary>What goes wrong between us and a source, in plain words.</summary>
internal static class SourceTrouble
{
    /// <summary>The URL for people: without a user and a password.</summary>
    internal static string Show(Uri url) => url.IsFile ? url.AbsoluteUri : url.GetComponents(UriComponents.HttpRequestUrl, UriFormat.UriEscaped);

    /// <summary>The source for people: its host.</summary>
    internal static string Name(Uri url) => url.IsFile ? url.AbsolutePath : url.Authority;

    /// <summary>It did nothing for as long as it may.</summary>
    internal static SourceException Silent(TimeSpan limit, bool answered) => new(
        string.Create(CultureInfo.InvariantCulture, $"{(answered ? "has sent nothing" : "does not answer")} for {limit.TotalSeconds:0.#} s"));

    /// <summary>It ended before the end.</summary>
    internal static SourceException BrokeOff(long done, long? total, Exception? inner = null) =>
        new($"broke off after {Disk.Size(done)}{(total is { } all ? $" of {Disk.Size(all)}" : "")}", inner);

    /// <summary>The request failed before there was an answer.</summary>
    internal static SourceException Of(HttpRequestException e) => (e.HttpRequestError, Inner<SocketException>(e)?.SocketErrorCode, Inner<AuthenticationException>(e)) switch
    {
        (HttpRequestError.NameResolutionError, _, _) => new($"can't be found by its name: {e.Message}", e),
        (_, SocketError.ConnectionRefused, _) => new($"refuses connections: {e.Message}", e),
        (_, SocketError.TimedOut, _) => new($"does not answer: {e.Message}", e),
        (_, SocketError.NetworkUnreachable or SocketError.HostUnreachable or SocketError.NetworkDown, _) => new($"can't be reached from here: {e.Message}", e),
        (HttpRequestError.SecureConnectionError, null, { } tls) => new($"is not trusted over TLS: {tls.Message}", e) { Final = true, Code = FaultCode.FailedPrecondition },
        (HttpRequestError.SecureConnectionError, _, _) => new($"breaks off before TLS is agreed upon: {e.Message}", e),
        (HttpRequestError.ProxyTunnelError, _, _) => new($"is not reached through the proxy: {e.Message}", e),
        (HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded, _, _) => new($"answers in a way that makes no sense: {e.Message}", e),
        (HttpRequestError.ResponseEnded, _, _) => new("hangs up before it answers", e),
        _ => new($"can't be reached: {e.Message}", e),
    };

    /// <summary>It answered with something else than the file.</summary>
    internal static SourceException Of(HttpResponseMessage response, DateTimeOffset now)
    {
        var status = response.StatusCode;
        var (meaning, code, final) = status switch
        {
            HttpStatusCode.NotFound => (" (there is no such file)", FaultCode.NotFound, true),
            HttpStatusCode.Gone => (" (the file is there no more)", FaultCode.NotFound, true),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => (" (it gives the file to nobody, or not to us)", FaultCode.PermissionDenied, true),
            HttpStatusCode.ProxyAuthenticationRequired => (" (the proxy wants to know who we are)", FaultCode.PermissionDenied, true),
            HttpStatusCode.TooManyRequests => (" (too many requests)", FaultCode.Unavailable, false),
            HttpStatusCode.ServiceUnavailable => (" (not available now)", FaultCode.Unavailable, false),
            HttpStatusCode.RequestTimeout or (HttpStatusCode)425 or >= HttpStatusCode.InternalServerError => ("", FaultCode.Unavailable, false),
            >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest => (Redirection(response), FaultCode.FailedPrecondition, true),
            _ => ("", FaultCode.FailedPrecondition, true),
        };
        return new SourceException($"answered {(int)status}{meaning}")
        {
            Code = code,
            Final = final,
            RetryAfter = response.Headers.RetryAfter is { } after ? after.Delta ?? after.Date - now : null,
        };
    }

    private static string Redirection(HttpResponseMessage response)
    {
        var from = response.RequestMessage!.RequestUri!;
        var to = response.Headers.Location is { } location ? new Uri(from, location) : null;
        return to switch
        {
            null => " (it leads nowhere)",
            { Scheme: "http" } when from.Scheme == "https" => " (it leads from https to http, and is not followed)",
            _ => $" (it leads on and on, more than {HttpSource.MaxRedirects} times)",
        };
    }

    private static T? Inner<T>(Exception? e)
        where T : Exception
    {
        while (e is not null and not T)
        {
            e = e.InnerException;
        }

        return (T?)e;
    }
}

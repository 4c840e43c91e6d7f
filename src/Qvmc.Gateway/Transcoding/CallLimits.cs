using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Qvmc.Core.Faults;
using Qvmc.Gateway.Problems;

namespace Qvmc.Gateway.Transcoding;

/// <summary>
/// How long a call to the controller may take. The caller says so with gRPC's own header, <c>Grpc-Timeout: 30S</c>
/// (units H, M, S, m, u, n); a caller that is gone ends its call at once.
/// </summary>
internal static class CallLimits
{
    private const string Header = "Grpc-Timeout";

    // Longer than anything that a request can ask us to wait for, which is an hour.
    private static readonly TimeSpan Unary = TimeSpan.FromMinutes(62);

    /// <summary>The limits of a call that answers once.</summary>
    public static CallOptions OfUnary(HttpContext http, TimeProvider time) => Of(http, time, Unary, http.RequestAborted);

    /// <summary>The limits of a stream: the caller's, and <paramref name="ct"/>.</summary>
    public static CallOptions OfStream(HttpContext http, TimeProvider time, CancellationToken ct) => Of(http, time, null, ct);

    /// <summary>The limits of an upload: the caller's. The server ends one that comes too slowly.</summary>
    public static CallOptions OfUpload(HttpContext http, TimeProvider time) => Of(http, time, null, http.RequestAborted);

    private static CallOptions Of(HttpContext http, TimeProvider time, TimeSpan? most, CancellationToken ct)
    {
        var given = Given(http.Request);
        var limit = given < most || most is null ? given ?? most : most;
        return new CallOptions(deadline: limit is null ? null : time.GetUtcNow().UtcDateTime + limit, cancellationToken: ct);
    }

    private static TimeSpan? Given(HttpRequest request)
    {
        var text = request.Headers[Header].ToString();
        if (text.Length == 0)
        {
            return null;
        }
        var known = text.Length is >= 2 and <= 9 & long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var amount);
        var ticks = text[^1] switch
        {
            'H' => TimeSpan.TicksPerHour,
            'M' => TimeSpan.TicksPerMinute,
            'S' => TimeSpan.TicksPerSecond,
            'm' => TimeSpan.TicksPerMillisecond,
            'u' => TimeSpan.TicksPerMicrosecond,
            'n' => 1,
            _ => 0,
        };
        if (!known || ticks == 0)
        {
            throw new ProblemException(Problem.Invalid([new FieldFault(Header, $"wants at most 8 digits and one of H, M, S, m, u, n, such as \"30S\"; got \"{text}\"")]));
        }
        // No call lasts longer than a day.
        return TimeSpan.FromTicks(Math.Min(amount, TimeSpan.TicksPerDay / ticks) * ticks / (text[^1] == 'n' ? 100 : 1));
    }
}

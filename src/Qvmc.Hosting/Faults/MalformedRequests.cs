using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Qvmc.Hosting.Faults;

/// <summary>
/// Answers INVALID_ARGUMENT to a request that is no valid message. The server reads it before any interceptor
/// runs and would answer UNKNOWN, as if we had failed; so a call that ends so without having reached
/// <see cref="FaultInterceptor"/> is put right in its trailers, which are sent only after this.
/// </summary>
internal static class MalformedRequests
{
    public static void Use(IApplicationBuilder app) => app.Use(async (http, next) =>
    {
        await next(http);
        var trailers = http.Features.Get<IHttpResponseTrailersFeature>()?.Trailers;
        if (trailers is null || http.Items.ContainsKey(typeof(FaultInterceptor)))
        {
            return;
        }
        var headers = http.Response.HasStarted ? trailers : Holder(http, trailers);
        if (headers["grpc-status"] == ((int)StatusCode.Unknown).ToString(System.Globalization.CultureInfo.InvariantCulture))
        {
            headers["grpc-status"] = ((int)StatusCode.InvalidArgument).ToString(System.Globalization.CultureInfo.InvariantCulture);
            headers["grpc-message"] = "the request is not a valid message of this method";
        }
    });

    private static IHeaderDictionary Holder(HttpContext http, IHeaderDictionary trailers) =>
        http.Response.Headers.ContainsKey("grpc-status") ? http.Response.Headers : trailers;
}

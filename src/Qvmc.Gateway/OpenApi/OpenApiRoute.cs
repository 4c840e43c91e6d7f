using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Qvmc.Gateway.OpenApi;

/// <summary>Serves /openapi.json.</summary>
internal static class OpenApiRoute
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        // Made when it is first asked for: a gateway must start fast, and most are never asked.
        var document = new Lazy<byte[]>(() => Encoding.UTF8.GetBytes(OpenApiDocument.Create().ToJsonString()));
        routes.MapMethods("/openapi.json", ["GET"], (RequestDelegate)(http =>
        {
            http.Response.ContentType = "application/json";
            http.Response.ContentLength = document.Value.Length;
            return http.Response.Body.WriteAsync(document.Value, http.RequestAborted).AsTask();
        }));
    }
}

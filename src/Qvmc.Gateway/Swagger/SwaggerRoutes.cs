using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Qvmc.Gateway.Swagger;

/// <summary>Serves a page at /swagger/ that shows /openapi.json and tries its operations. It loads nothing from elsewhere.</summary>
internal static class SwaggerRoutes
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        Map(routes, "/swagger/", "index.html", "text/html; charset=utf-8");
        Map(routes, "/swagger/swagger.css", "swagger.css", "text/css; charset=utf-8");
        Map(routes, "/swagger/swagger.js", "swagger.js", "text/javascript; charset=utf-8");
    }

    private static void Map(IEndpointRouteBuilder routes, string path, string file, string type)
    {
        var content = Read(file);
        routes.MapMethods(path, ["GET"], (RequestDelegate)(http =>
        {
            if (path.EndsWith('/') && !http.Request.Path.Value!.EndsWith('/'))
            {
                // The page's own links are relative to the directory.
                http.Response.Redirect(path);
                return Task.CompletedTask;
            }
            http.Response.ContentType = type;
            http.Response.ContentLength = content.Length;
            http.Response.Headers.ContentSecurityPolicy = "default-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
            http.Response.Headers.XContentTypeOptions = "nosniff";
            return http.Response.Body.WriteAsync(content, http.RequestAborted).AsTask();
        }));
    }

    private static byte[] Read(string file)
    {
        using var resource = typeof(SwaggerRoutes).Assembly.GetManifestResourceStream($"swagger/{file}")
            ?? throw new InvalidOperationException($"the build left swagger/{file} out");
        using var copy = new MemoryStream();
        resource.CopyTo(copy);
        return copy.ToArray();
    }
}

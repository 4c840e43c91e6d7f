using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Qvmc.Controller.Tests;

/// <summary>A web server that serves a text with a tag, and remembers what it was asked.</summary>
internal sealed class CatalogueServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private CatalogueServer(WebApplication app) => _app = app;

    public string Text { get; set; } = "{}";

    public string Tag { get; set; } = "\"1\"";

    public int Status { get; set; } = 200;

    /// <summary>The tag of each request, in order; empty: without one.</summary>
    public List<string> Asked { get; } = [];

    public string Url => _app.Urls.Single() + "/catalog.json";

    public static async Task<CatalogueServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").UseShutdownTimeout(TimeSpan.FromMilliseconds(100));
        var server = new CatalogueServer(builder.Build());
        server._app.MapGet("/catalog.json", server.AnswerAsync);
        await server._app.StartAsync();
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private Task AnswerAsync(HttpContext http)
    {
        var known = http.Request.Headers.IfNoneMatch.ToString();
        lock (Asked)
        {
            Asked.Add(known);
        }

        http.Response.Headers.ETag = Tag;
        http.Response.StatusCode = Status == 200 && known == Tag ? 304 : Status;
        return http.Response.StatusCode == 200 ? http.Response.WriteAsync(Text) : Task.CompletedTask;
    }
}

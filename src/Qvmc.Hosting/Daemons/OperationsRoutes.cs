using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Qvmc.Hosting.Daemons;

/// <summary>
/// What those who run a daemon ask of it: /healthz (it lives), /readyz (it can do its work; 503 with the reasons
/// when not) and /metrics (Prometheus).
/// </summary>
public static class OperationsRoutes
{
    /// <summary>Serves them beside a daemon's other routes. Needs <see cref="DaemonBuilder.AddMetrics"/>.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz", (RequestDelegate)AliveAsync);
        routes.MapGet("/readyz", (RequestDelegate)ReadyAsync);
        routes.MapPrometheusScrapingEndpoint("/metrics");
    }

    /// <summary>Whether a path is one of them.</summary>
    internal static bool IsOne(PathString path) => path.Value is "/healthz" or "/readyz" or "/metrics";

    /// <summary>Serves them and nothing else.</summary>
    internal static void Use(IApplicationBuilder app)
    {
        app.Map("/healthz", branch => branch.Run(AliveAsync));
        app.Map("/readyz", branch => branch.Run(ReadyAsync));
        app.UseOpenTelemetryPrometheusScrapingEndpoint();
        app.Run(http =>
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return http.Response.WriteAsync("here are /healthz, /readyz and /metrics\n");
        });
    }

    private static Task AliveAsync(HttpContext http) => http.Response.WriteAsync("alive\n");

    private static async Task ReadyAsync(HttpContext http)
    {
        var report = await http.RequestServices.GetRequiredService<HealthCheckService>().CheckHealthAsync(http.RequestAborted);
        var text = new StringBuilder(report.Status == HealthStatus.Healthy ? "ready\n" : "not ready\n");
        foreach (var (name, entry) in report.Entries.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            text.Append(name).Append(": ").Append(entry.Status == HealthStatus.Healthy ? "ok" : entry.Description ?? "failed").Append('\n');
        }
        http.Response.StatusCode = report.Status == HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        http.Response.ContentType = "text/plain; charset=utf-8";
        await http.Response.WriteAsync(text.ToString(), http.RequestAborted);
    }
}

using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Qvmc.Hosting.Daemons;

/// <summary>
/// Collects the runtime's metrics, the durations of requests, and every meter of ours (named "Qvmc.*"). Meters are
/// the process's: daemons that share one see each other's.
/// </summary>
internal static class DaemonMetrics
{
    // Places for points are taken for every instrument at once, and 2000 by default: of each daemon 4 MiB. Most series has the
    // duration of requests: a route, a method and a status each.
    private const int MostSeries = 500;

    public static void Add(IServiceCollection services, string name) => services.AddOpenTelemetry()
        .ConfigureResource(resource => resource.AddService($"qvmc-{name}", serviceVersion: DaemonInfo.Version))
        .WithMetrics(metrics => metrics
            .AddMeter("System.Runtime", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Qvmc.*")
            .AddView("*", new MetricStreamConfiguration { CardinalityLimit = MostSeries })
            .AddPrometheusExporter());
}

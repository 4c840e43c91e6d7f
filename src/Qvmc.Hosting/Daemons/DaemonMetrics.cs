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
    public static void Add(IServiceCollection services, string name) => services.AddOpenTelemetry()
        .ConfigureResource(resource => resource.AddService($"qvmc-{name}", serviceVersion: DaemonInfo.Version))
        .WithMetrics(metrics => metrics
            .AddMeter("System.Runtime", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Qvmc.*")
            .AddPrometheusExporter());
}

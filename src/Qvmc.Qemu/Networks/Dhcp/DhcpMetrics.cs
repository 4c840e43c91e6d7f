using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Qvmc.Qemu.Networks.Dhcp;

/// <summary>What is measured of DHCP servers: whether they run, how often they were started again, and what they have given.</summary>
internal static class DhcpMetrics
{
    private static readonly Meter Meter = new("Qvmc.Dhcp");

    // By network: a process can hold several services, as tests do.
    private static readonly ConcurrentDictionary<DhcpService, KeyValuePair<string, object?>> Services = new();

    static DhcpMetrics()
    {
        Meter.CreateObservableGauge("qvmc.dhcp.running", () => Measure(d => d.Pid == 0 ? 0 : 1), description: "1 while the DHCP and DNS server of a network runs");
        Meter.CreateObservableCounter("qvmc.dhcp.restarts", () => Measure(d => d.Restarts), description: "How often it ended and was started again");
        Meter.CreateObservableGauge("qvmc.dhcp.leases", () => Measure(d => d.Leases), description: "Addresses that are leased now");
    }

    internal static void Add(DhcpService service, string network) => Services[service] = new("network", network);

    internal static void Remove(DhcpService service) => Services.TryRemove(service, out _);

    private static IEnumerable<Measurement<long>> Measure(Func<Protos.Network.V1.DhcpServer, long> value) =>
        Services.Select(s => new Measurement<long>(value(s.Key.Describe()), s.Value)).ToList();
}

using System.Diagnostics.Metrics;

namespace Qvmc.Qemu.Networks.Firewall;

/// <summary>What can be counted of the firewall.</summary>
internal static class FirewallMetrics
{
    internal const string MeterName = "Qvmc.Qemu.Firewall";

    private static readonly Meter Meter = new(MeterName);

    /// <summary>How often others changed our rules, and they were put back.</summary>
    internal static Counter<long> Reapplied { get; } = Meter.CreateCounter<long>("qvmc.firewall.reapplied", description: "Times that the firewall's rules were put back after somebody else had changed them.");

    /// <summary>How often rules could not be set.</summary>
    internal static Counter<long> Failures { get; } = Meter.CreateCounter<long>("qvmc.firewall.failures", description: "Times that the firewall's rules could not be set.");
}

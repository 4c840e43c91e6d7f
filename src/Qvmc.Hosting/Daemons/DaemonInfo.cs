using Qvmc.Hosting.Endpoints;

namespace Qvmc.Hosting.Daemons;

/// <summary>Who a daemon is and where it listens.</summary>
/// <param name="Name">"qemu", "controller" or "gateway".</param>
/// <param name="Listen">Where, as configured.</param>
public sealed record DaemonInfo(string Name, EndpointAddress Listen)
{
    /// <summary>Version of qvmc.</summary>
    public static string Version { get; } = typeof(DaemonInfo).Assembly.GetName().Version!.ToString(3);
}

using System.Net;

namespace Qvmc.Qemu.Networks.Links;

/// <summary>A route of the host's, of any table.</summary>
/// <param name="To">Where it leads.</param>
/// <param name="Device">By which interface; empty: none (unreachable, blackhole).</param>
internal readonly record struct HostRoute(IPNetwork To, string Device);

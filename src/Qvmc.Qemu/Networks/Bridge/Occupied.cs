using System.Net;

namespace Qvmc.Qemu.Networks.Bridge;

/// <summary>A part of the address space that somebody uses.</summary>
/// <param name="Subnet">Which.</param>
/// <param name="By">Who, for messages: <c>the route 10.0.0.0/8 by tun0</c>.</param>
internal readonly record struct Occupied(IPNetwork Subnet, string By);

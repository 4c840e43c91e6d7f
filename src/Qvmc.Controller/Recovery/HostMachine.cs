using Google.Protobuf.WellKnownTypes;
using Qvmc.Protos.Qemu.V1;

namespace Qvmc.Controller.Recovery;

/// <summary>A machine that was found on a host.</summary>
/// <param name="Node">The host.</param>
/// <param name="Order">The latest order that it had.</param>
/// <param name="Made">When its directory was made.</param>
public sealed record HostMachine(string Node, MachineOrder Order, Timestamp Made);

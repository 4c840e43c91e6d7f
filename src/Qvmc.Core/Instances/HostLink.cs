using Google.Protobuf.WellKnownTypes;

namespace Qvmc.Core.Instances;

/// <summary>The link to a host.</summary>
/// <param name="Reachable">Whether it stands.</param>
/// <param name="Message">Why not; empty when it stands.</param>
/// <param name="Since">Since when.</param>
public sealed record HostLink(bool Reachable, string Message, Timestamp Since);

namespace Qvmc.Qemu.Networks;

/// <summary>An interface of a machine on record.</summary>
/// <param name="Nic">It.</param>
/// <param name="IsLive">The machine's process has it.</param>
public sealed record NetworkMember(NicRequest Nic, bool IsLive);

namespace Qvmc.Qemu.Networks;

/// <summary>What decides which kinds of networks can work.</summary>
/// <param name="IsLinux">The host runs Linux.</param>
/// <param name="IsMacOS">The host runs macOS.</param>
/// <param name="IsRoot">The daemon is root.</param>
public sealed record NetworkPowers(bool IsLinux, bool IsMacOS, bool IsRoot);

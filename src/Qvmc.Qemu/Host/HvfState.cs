using Qvmc.Os.Darwin;

namespace Qvmc.Qemu.Host;

/// <summary>Whether macOS' Hypervisor.framework works here.</summary>
/// <param name="Obstacle">Why not, as part of a sentence; null when it does.</param>
public sealed record HvfState(string? Obstacle)
{
    /// <summary>Looks. That QEMU may use it is seen only when it does: its binary must be signed with com.apple.security.hypervisor, as Homebrew's is.</summary>
    public static HvfState Look() => new(
        !OperatingSystem.IsMacOS() ? "only macOS has it"
        : KernelState.Number("kern.hv_support") == 1 ? null
        : "the processor, or the virtual machine that macOS runs in, has no virtualisation (kern.hv_support is not 1)");
}

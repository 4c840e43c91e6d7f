using Qvmc.Core.Faults;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Qemu.Host;

/// <summary>What runs the guests of this host, and why.</summary>
/// <param name="Accelerator">KVM, HVF or TCG.</param>
/// <param name="Reason">Why that one, as a sentence.</param>
public sealed record AcceleratorChoice(Accelerator Accelerator, string Reason)
{
    /// <summary>What users of machines must know of it.</summary>
    public string? Warning => Accelerator == Accelerator.Tcg ? $"no hardware acceleration: {Reason}" : null;

    /// <summary>Chooses by the configuration's wish and what really works.</summary>
    /// <exception cref="FaultException">FAILED_PRECONDITION: what the configuration demands does not work here.</exception>
    public static AcceleratorChoice Make(Accelerator wish, KvmState kvm) => wish switch
    {
        Accelerator.Tcg => new(Accelerator.Tcg, "the configuration says so"),
        Accelerator.Kvm when kvm.Obstacle is { } obstacle => throw new FaultException(
            FaultCode.FailedPrecondition, $"the configuration demands KVM, but {obstacle}"),
        Accelerator.Kvm => new(Accelerator.Kvm, "the configuration says so"),
        Accelerator.Hvf when !OperatingSystem.IsMacOS() => throw new FaultException(
            FaultCode.FailedPrecondition, "the configuration demands HVF, which only macOS has"),
        Accelerator.Hvf => new(Accelerator.Hvf, "the configuration says so"),
        _ when OperatingSystem.IsMacOS() => new(Accelerator.Hvf, "Hypervisor.framework is there"),
        _ => kvm.Obstacle is { } obstacle ? new(Accelerator.Tcg, obstacle) : new(Accelerator.Kvm, "/dev/kvm opens and the processor can"),
    };
}

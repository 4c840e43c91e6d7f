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
    /// <param name="wish">The configuration's.</param>
    /// <param name="target">What guests are, and what they are run on.</param>
    /// <param name="kvm">How KVM is.</param>
    /// <param name="hvf">How HVF is.</param>
    /// <exception cref="FaultException">FAILED_PRECONDITION: what the configuration demands does not work here.</exception>
    public static AcceleratorChoice Make(Accelerator wish, QemuTarget target, KvmState kvm, HvfState hvf)
    {
        var foreign = target.IsNative ? null : $"guests have {target.Guest} processors and the host has {target.Host}";
        var noKvm = foreign ?? kvm.Obstacle;
        var noHvf = foreign ?? hvf.Obstacle;
        return wish switch
        {
            Accelerator.Tcg => new(Accelerator.Tcg, "the configuration says so"),
            Accelerator.Kvm => noKvm is null ? new(Accelerator.Kvm, "the configuration says so") : throw Refused("KVM", noKvm),
            Accelerator.Hvf => noHvf is null ? new(Accelerator.Hvf, "the configuration says so") : throw Refused("HVF", noHvf),
            _ when target.OnMacOS => noHvf is null ? new(Accelerator.Hvf, "Hypervisor.framework is there") : new(Accelerator.Tcg, noHvf),
            _ => noKvm is null ? new(Accelerator.Kvm, "/dev/kvm opens and the processor can") : new(Accelerator.Tcg, noKvm),
        };
    }

    private static FaultException Refused(string what, string obstacle) =>
        new(FaultCode.FailedPrecondition, $"the configuration demands {what}, but {obstacle}");
}

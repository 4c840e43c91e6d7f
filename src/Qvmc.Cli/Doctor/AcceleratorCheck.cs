using Qvmc.Qemu.Host;

namespace Qvmc.Cli.Doctor;

/// <summary>Whether guests run on the processor itself; the same question, asked the same way, as the daemon's.</summary>
internal static class AcceleratorCheck
{
    private const string Check = "accelerator";
    private const string Consequence = "guests will be emulated (TCG), which is several times slower";

    /// <summary>Looks.</summary>
    public static Finding Run() => OperatingSystem.IsLinux()
        ? Of(KvmState.Look(user: null))
        : Of(HvfState.Look());

    /// <summary>What a state of HVF means.</summary>
    public static Finding Of(HvfState hvf) => hvf.Obstacle is { } obstacle
        ? new Finding(Check, Outcome.Warn, $"no HVF: {obstacle}; {Consequence}", "use a Mac whose processor has it (sysctl kern.hv_support tells), or nested virtualisation in the host of this guest")
        : Finding.Ok(Check, "HVF: Hypervisor.framework is there");

    /// <summary>What a state of KVM means.</summary>
    public static Finding Of(KvmState kvm)
    {
        if (kvm.Obstacle is not { } obstacle)
        {
            return Finding.Ok(Check, "KVM: /dev/kvm opens and the processor can");
        }

        var fix = obstacle.Contains("group kvm", StringComparison.Ordinal)
            ? $"sudo usermod -aG kvm {Environment.UserName}, then log in again"
            : "enable VT-x or AMD-V in the firmware, or nested virtualisation in the host of this guest";
        return new Finding(Check, Outcome.Warn, $"no KVM: {obstacle}; {Consequence}", fix);
    }
}

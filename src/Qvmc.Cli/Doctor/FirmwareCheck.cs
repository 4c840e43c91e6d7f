using Qvmc.Core.Faults;
using Qvmc.Protos.Settings.V1;
using Qvmc.Qemu.Host;

namespace Qvmc.Cli.Doctor;

/// <summary>Whether there is UEFI for guests that need it; the same question, asked the same way, as the daemon's.</summary>
internal static class FirmwareCheck
{
    private const string Check = "firmware";

    /// <summary>Looks with the QEMU that the settings name.</summary>
    public static async Task<Finding> RunAsync(QemuSettings settings, CancellationToken cancellationToken)
    {
        var probe = new HostProbe(settings);
        try
        {
            var binary = await probe.GetAsync(cancellationToken);
            return Finding.Ok(Check, binary.Firmware?.Code ?? "guests have a BIOS, which is QEMU's own");
        }
        catch (FaultException fault)
        {
            return new Finding(Check, Outcome.Fail, fault.Message, PackageAdvice.Install(probe.Target.BinaryName));
        }
    }
}

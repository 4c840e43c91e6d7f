using System.Net;
using System.Numerics;
using Qvmc.Core.Faults;
using Qvmc.Protos.Settings.V1;
using Qvmc.Qemu.Networks.Bridge;

namespace Qvmc.Qemu.Networks.Vmnet;

/// <summary>What settings of macOS' vmnet must be like.</summary>
internal static class VmnetSettingsRules
{
    private static readonly IPNetwork[] Private = [IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.168.0.0/16")];

    /// <summary>Every fault.</summary>
    internal static IEnumerable<FieldFault> Check(VmnetNetwork vmnet, string field)
    {
        if (!Enum.IsDefined(vmnet.Mode))
        {
            yield return new FieldFault($"{field}.mode", "is none of SHARED, BRIDGED, HOST");
        }

        var isBridged = vmnet.Mode == VmnetMode.Bridged;
        if (isBridged != vmnet.Interface.Length > 0)
        {
            yield return new FieldFault($"{field}.interface", isBridged ? "is missing: name the host's interface, such as \"en0\"" : "is only for BRIDGED: leave it out");
        }

        if (vmnet.Isolated && vmnet.Mode == VmnetMode.Host)
        {
            yield return new FieldFault($"{field}.isolated", "is for SHARED and BRIDGED: machines of a HOST network always reach each other");
        }

        string[] addresses = [vmnet.Start, vmnet.End, vmnet.Mask];
        if (addresses.All(a => a.Length == 0))
        {
            yield break;
        }

        if (isBridged)
        {
            yield return new FieldFault($"{field}.start", "is not for BRIDGED, whose addresses are that network's own: leave start, end and mask out");
        }
        else if (addresses.Any(a => !Subnets.TryParse4(a, out _)))
        {
            yield return new FieldFault($"{field}.start", "start, end and mask go together: give all three as IPv4 addresses, or none");
        }
        else if (PrefixOf(vmnet.Mask) is not { } prefix || prefix is < 8 or > 29)
        {
            yield return new FieldFault($"{field}.mask", $"\"{vmnet.Mask}\" is no mask of a subnet of /8 to /29, such as \"255.255.255.0\"");
        }
        else if (Range(vmnet, prefix) is { } fault)
        {
            yield return new FieldFault($"{field}.{fault.Field}", fault.Message);
        }
    }

    /// <summary>How many leading bits a mask has; null: it is none.</summary>
    internal static int? PrefixOf(string mask)
    {
        if (!Subnets.TryParse4(mask, out var address))
        {
            return null;
        }

        var bits = Subnets.ToNumber(address);
        var prefix = BitOperations.LeadingZeroCount(~bits);
        return bits == MaskOf(prefix) ? prefix : null;
    }

    /// <summary>The mask of so many leading bits.</summary>
    internal static uint MaskOf(int prefix) => prefix == 0 ? 0 : uint.MaxValue << (32 - prefix);

    // vmnet takes private addresses only (vmnet.h, vmnet_start_address_key).
    private static (string Field, string Message)? Range(VmnetNetwork vmnet, int prefix)
    {
        var mask = MaskOf(prefix);
        var (start, end) = (Subnets.ToNumber(IPAddress.Parse(vmnet.Start)), Subnets.ToNumber(IPAddress.Parse(vmnet.End)));
        return !Private.Any(p => p.Contains(IPAddress.Parse(vmnet.Start))) ? ("start", $"\"{vmnet.Start}\" is not private: vmnet takes addresses of 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16")
            : (start & mask) != (end & mask) ? ("end", $"\"{vmnet.End}\" is not in the subnet of {vmnet.Start} with the mask {vmnet.Mask}")
            : (start & ~mask) == 0 || (end & ~mask) == ~mask ? ("start", "the first and the last address of a subnet are nobody's: choose others")
            : start >= end ? ("end", $"\"{vmnet.End}\" is not above {vmnet.Start}: machines would have no address")
            : null;
    }
}

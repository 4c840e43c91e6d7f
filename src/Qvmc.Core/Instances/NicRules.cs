using Qvmc.Core.Faults;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Core.Instances;

/// <summary>Network interfaces as a launch may ask for them.</summary>
public static class NicRules
{
    /// <summary>Every fault of <paramref name="nics"/>.</summary>
    public static IEnumerable<FieldFault> Check(IReadOnlyList<Nic> nics, string field)
    {
        if (nics.Count > InstanceLimits.MaxNics)
        {
            yield return new FieldFault(field, $"{nics.Count} network interfaces are too many: at most {InstanceLimits.MaxNics}");
            yield break;
        }

        var macs = new Dictionary<string, int>();
        for (var i = 0; i < nics.Count; i++)
        {
            if (nics[i].Network.Length > 0 && DnsLabel.Fault(nics[i].Network) is { } fault)
            {
                yield return new FieldFault($"{field}[{i}].network", fault);
            }

            if (nics[i].Mac.Length == 0)
            {
                continue;
            }

            if (!MacAddress.TryParse(nics[i].Mac, out var mac))
            {
                yield return new FieldFault($"{field}[{i}].mac", $"{Shown.Quote(nics[i].Mac)} is not the hardware address of one interface: write it as 52:54:00:12:34:56");
            }
            else if (!macs.TryAdd(mac, i))
            {
                yield return new FieldFault($"{field}[{i}].mac", $"{Shown.Quote(nics[i].Mac)} is the address of {field}[{macs[mac]}] too: give each its own");
            }
        }
    }
}

using System.Globalization;
using Qvmc.Core.Instances;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Instances;

/// <summary>The network interfaces of an instance for people.</summary>
internal static class InterfaceText
{
    /// <summary>A line for each; one that says so when there is none.</summary>
    public static IEnumerable<string> Of(Instance instance)
    {
        var spec = instance.Spec ?? new InstanceSpec();
        var status = instance.Status ?? new InstanceStatus();
        var slots = spec.Nics.Where(n => !NicRules.IsNone(n)).Select(n => n.Slot).Union(status.Nics.Select(n => n.Slot)).Order().ToList();
        return slots.Count > 0 ? slots.Select(slot => Line(slot, spec, status)) : spec.Nics.Count > 0 ? ["none"] : [];
    }

    private static string Line(uint slot, InstanceSpec spec, InstanceStatus status)
    {
        var wanted = spec.Nics.FirstOrDefault(n => n.Slot == slot);
        var real = status.Nics.FirstOrDefault(n => n.Slot == slot);
        var network = First(real?.Network, wanted?.Network);
        string[] facts =
        [
            string.Create(CultureInfo.InvariantCulture, $"{slot}"),
            network.Length > 0 ? $"network {network}" : "default network",
            First(real?.Mac, wanted?.Mac),
            First(real?.Hostname),
            wanted is { Queues: > 1 } ? string.Create(CultureInfo.InvariantCulture, $"{wanted.Queues} queues") : "",
            wanted is { RateMbit: > 0 } ? string.Create(CultureInfo.InvariantCulture, $"at most {wanted.RateMbit} Mbit/s") : "",
            real is { HostInterface.Length: > 0 } ? $"{real.HostInterface} on the host" : "",
            wanted is null ? "being removed" : "",
        ];
        return string.Join(", ", facts.Where(f => f.Length > 0));
    }

    private static string First(params ReadOnlySpan<string?> texts)
    {
        foreach (var text in texts)
        {
            if (!string.IsNullOrEmpty(text))
            {
                return text;
            }
        }

        return "";
    }
}

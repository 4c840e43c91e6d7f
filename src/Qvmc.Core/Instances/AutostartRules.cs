using Qvmc.Core.Faults;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Core.Instances;

/// <summary>How a machine may ask to come back after a restart of its host.</summary>
public static class AutostartRules
{
    /// <summary>The faults of a wish that may be unset.</summary>
    public static IEnumerable<FieldFault> Check(Autostart? autostart, string field)
    {
        if (autostart is null)
        {
            yield break;
        }

        if (autostart.Order > InstanceLimits.MaxAutostartOrder)
        {
            yield return new FieldFault($"{field}.order", $"{autostart.Order} is not allowed: use 0 to {InstanceLimits.MaxAutostartOrder}");
        }

        if (DurationRules.Check(autostart.Delay, $"{field}.delay", zero: true) is { } fault)
        {
            yield return fault;
        }
    }
}

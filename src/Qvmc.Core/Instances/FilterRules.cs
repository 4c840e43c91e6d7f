using Qvmc.Core.Faults;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Core.Instances;

/// <summary>Filters: every part that is given must hold.</summary>
public static class FilterRules
{
    /// <summary>Every fault of a filter.</summary>
    public static IEnumerable<FieldFault> Check(InstanceFilter? filter)
    {
        foreach (var state in filter?.States ?? [])
        {
            if (!Enum.IsDefined(state) || state == State.Unspecified)
            {
                yield return new FieldFault("filter.states", $"{(int)state} is not a state: use STOPPED, STARTING, RUNNING, STOPPING, PAUSED, FAILED or UNKNOWN");
            }
        }

        foreach (var label in filter?.Labels ?? [])
        {
            if (!LabelRules.IsKey(label.Split('=', 2)[0]))
            {
                yield return new FieldFault("filter.labels", $"{Shown.Quote(label)} is not a label: write \"key\" or \"key=value\"");
            }
        }
    }

    /// <summary>Whether <paramref name="instance"/> is one that <paramref name="filter"/> selects.</summary>
    public static bool Selects(InstanceFilter? filter, Instance instance) => filter is null
        || ((filter.States.Count == 0 || filter.States.Contains(instance.Status.State))
            && (filter.Node.Length == 0 || filter.Node == instance.Status.Node)
            && (filter.Names.Count == 0 || filter.Names.Contains(instance.Name))
            && filter.Labels.All(label => HasLabel(instance, label)));

    private static bool HasLabel(Instance instance, string label)
    {
        var parts = label.Split('=', 2);
        return instance.Labels.TryGetValue(parts[0], out var value) && (parts.Length == 1 || value == parts[1]);
    }
}

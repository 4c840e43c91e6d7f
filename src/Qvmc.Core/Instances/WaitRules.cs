using Qvmc.Core.Faults;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Core.Instances;

/// <summary>When a wait ends, and how.</summary>
public static class WaitRules
{
    /// <summary>The fault of a condition, or null.</summary>
    public static FieldFault? CheckCondition(WaitCondition condition, string field) => Enum.IsDefined(condition)
        ? null
        : new FieldFault(field, $"{(int)condition} is not known: use RUNNING, READY, HAS_ADDRESS, STOPPED, PAUSED or CLOUD_INIT");

    /// <summary>Whether a machine that is wanted as <paramref name="power"/> never fulfils the condition by itself.</summary>
    public static bool NeverComes(WaitCondition condition, PowerState power) => condition switch
    {
        WaitCondition.Running or WaitCondition.Ready or WaitCondition.HasAddress or WaitCondition.CloudInit => power is PowerState.Stopped or PowerState.Paused,
        WaitCondition.Stopped => power is not PowerState.Stopped,
        WaitCondition.Paused => power is not PowerState.Paused,
        WaitCondition.Unspecified => false,
    };

    /// <summary>
    /// Judges an instance as <see cref="StatusView"/> composed it. The state already speaks of the start that is wanted,
    /// so a failure of an earlier run is never taken for this one's.
    /// </summary>
    /// <param name="condition">What is waited for.</param>
    /// <param name="instance">As it is now.</param>
    /// <param name="ownStart">
    /// The wait belongs to a start: that machine stopping again ends it. Otherwise somebody may still start it.
    /// </param>
    public static WaitOutcome Judge(WaitCondition condition, Instance instance, bool ownStart)
    {
        if (Holds(condition, instance.Status))
        {
            return WaitOutcome.Met;
        }

        if (condition == WaitCondition.Stopped)
        {
            return WaitOutcome.NotYet;
        }

        if (instance.DeleteTime is not null)
        {
            return WaitOutcome.Never($"instance {Shown.Quote(instance.Name)} is being deleted: it will not become {Shown.Name(condition)}");
        }

        if (instance.Status.State == State.Failed)
        {
            var why = instance.Status.LastError?.Message is { Length: > 0 } message ? message : "its host does not say why";
            return WaitOutcome.Never($"instance {Shown.Quote(instance.Name)} failed before it was {Shown.Name(condition)}: {why}");
        }

        if (condition == WaitCondition.CloudInit && CloudInitFailure.Of(instance.Status) is { } failure)
        {
            return WaitOutcome.Never($"instance {Shown.Quote(instance.Name)} {failure}");
        }

        if (ownStart && instance.Status.State == State.Stopped)
        {
            var reason = instance.Status.Reason.Length > 0 ? $" ({instance.Status.Reason})" : "";
            return WaitOutcome.Never($"instance {Shown.Quote(instance.Name)} stopped again{reason} before it was {Shown.Name(condition)}");
        }

        return WaitOutcome.NotYet;
    }

    private static bool Holds(WaitCondition condition, InstanceStatus status) => condition switch
    {
        WaitCondition.Unspecified => true,
        WaitCondition.Running => status.State == State.Running,
        WaitCondition.Ready => status.State == State.Running && Met(status, ConditionType.Ready),
        WaitCondition.HasAddress => status.State == State.Running && Met(status, ConditionType.HasAddress),
        WaitCondition.CloudInit => status.State == State.Running && Met(status, ConditionType.CloudInit),
        WaitCondition.Stopped => status.State is State.Stopped or State.Failed,
        WaitCondition.Paused => status.State == State.Paused,
    };

    private static bool Met(InstanceStatus status, ConditionType type) => status.Conditions.Any(c => c.Type == type && c.Met);
}

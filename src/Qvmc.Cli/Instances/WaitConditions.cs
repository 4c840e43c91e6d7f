using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Instances;

/// <summary>What one can wait for, as people name it and as an instance shows it.</summary>
internal static class WaitConditions
{
    private static readonly Dictionary<string, WaitCondition> ByName = new(StringComparer.Ordinal)
    {
        ["ready"] = WaitCondition.Ready,
        ["running"] = WaitCondition.Running,
        ["address"] = WaitCondition.HasAddress,
        ["stopped"] = WaitCondition.Stopped,
        ["paused"] = WaitCondition.Paused,
        ["cloud-init"] = WaitCondition.CloudInit,
    };

    /// <summary>Their names.</summary>
    public static IReadOnlyCollection<string> Names => ByName.Keys;

    /// <summary>The condition of a name.</summary>
    public static WaitCondition Parse(string name) => ByName[name];

    /// <summary>The condition as the end of "it is ...": "ready", "running", "there with an address".</summary>
    public static string Phrase(WaitCondition condition) => condition switch
    {
        WaitCondition.Ready or WaitCondition.Unspecified => "ready",
        WaitCondition.Running => "running",
        WaitCondition.HasAddress => "up with an address",
        WaitCondition.Stopped => "stopped",
        WaitCondition.Paused => "paused",
        WaitCondition.CloudInit => "up with cloud-init done",
    };

    /// <summary>Whether the condition holds.</summary>
    public static bool Holds(WaitCondition condition, Instance instance)
    {
        var state = instance.Status?.State ?? State.Unspecified;
        return condition switch
        {
            WaitCondition.Unspecified => true,
            WaitCondition.Running => state == State.Running,
            WaitCondition.Ready => state == State.Running && StageText.Met(instance, ConditionType.Ready),
            WaitCondition.HasAddress => state == State.Running && StageText.Met(instance, ConditionType.HasAddress),
            WaitCondition.Stopped => state is State.Stopped or State.Failed,
            WaitCondition.Paused => state == State.Paused,
            WaitCondition.CloudInit => state == State.Running && StageText.Met(instance, ConditionType.CloudInit),
        };
    }
}

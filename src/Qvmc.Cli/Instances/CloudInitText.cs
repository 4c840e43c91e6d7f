using Qvmc.Core.Instances;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Instances;

/// <summary>How far a guest's cloud-init is, in words.</summary>
internal static class CloudInitText
{
    /// <summary>What it works at; null when it does not work.</summary>
    public static string? Working(InstanceStatus status) =>
        Find(status) is { Reason: CloudInitReasons.Running } condition ? condition.Message : null;

    /// <summary>All that is known; empty when nothing is.</summary>
    public static string Of(InstanceStatus status) => Find(status) switch
    {
        null => "",
        { Reason: CloudInitReasons.Running } c => With("at work", c.Message),
        { Reason: CloudInitReasons.Done } c => With("done", c.Message),
        { Reason: CloudInitReasons.Error } c => With("failed", c.Message),
        { Reason: CloudInitReasons.NotFound } => "none in the guest",
        { Reason: CloudInitReasons.Disabled } => "disabled in the guest",
        { Reason: CloudInitReasons.Unreadable } c => With("not known", c.Message),
        { } c => With(c.Reason, c.Message),
    };

    private static string With(string word, string message) => message.Length > 0 ? $"{word}: {message}" : word;

    private static Condition? Find(InstanceStatus status) => status.Conditions.FirstOrDefault(c => c.Type == ConditionType.CloudInit);
}

using Qvmc.Protos.Instance.V1;

namespace Qvmc.Core.Instances;

/// <summary>Why a guest's cloud-init will not be done in this boot.</summary>
public static class CloudInitFailure
{
    /// <summary>The cause as a sentence that goes on after the instance's name; null while it may still be done, or is.</summary>
    public static string? Of(InstanceStatus status)
    {
        var condition = status.Conditions.FirstOrDefault(c => c.Type == ConditionType.CloudInit);
        return status.State != State.Running || condition is null or { Met: true }
            ? null
            : condition.Reason switch
            {
                CloudInitReasons.Error => $"has errors of cloud-init: {condition.Message}",
                CloudInitReasons.NotFound => "has no cloud-init in its guest",
                CloudInitReasons.Disabled => "has cloud-init disabled in its guest",
                CloudInitReasons.Unreadable => $"does not let the result of cloud-init be read: {condition.Message}",
                _ => null,
            };
    }
}

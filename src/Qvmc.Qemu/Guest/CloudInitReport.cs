using Qvmc.Core.Instances;

namespace Qvmc.Qemu.Guest;

/// <summary>How far a guest's cloud-init is.</summary>
/// <param name="Reason">One of <see cref="CloudInitReasons"/>.</param>
/// <param name="Message">A sentence; may be empty.</param>
public sealed record CloudInitReport(string Reason, string Message)
{
    /// <summary>It has done its work.</summary>
    internal bool IsDone => Reason == CloudInitReasons.Done;

    /// <summary>It is worth asking again soon.</summary>
    internal bool IsRunning => Reason == CloudInitReasons.Running;

    /// <summary>Nothing else will be so in this boot.</summary>
    internal bool IsFinal => Reason is not (CloudInitReasons.Running or CloudInitReasons.NotFound);
}

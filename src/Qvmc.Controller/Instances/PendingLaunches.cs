using System.Collections.Immutable;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Instances;

/// <summary>
/// Launches that were decided and are being stored: what they take (name, ports, image, request id) is taken already.
/// They are stored side by side, so that many share one write to the disk. Changed under the image table's gate only.
/// </summary>
internal sealed class PendingLaunches
{
    private volatile ImmutableList<PendingLaunch> _launches = [];

    /// <summary>Their records.</summary>
    public IEnumerable<InstanceRecord> Records => _launches.Select(l => l.Record);

    /// <summary>One of the same name or request id, or null.</summary>
    public PendingLaunch? Find(string name, string requestId) => _launches.Find(
        l => l.Record.Instance.Name == name || (requestId.Length > 0 && l.Record.RequestId == requestId));

    /// <summary>Begins.</summary>
    public PendingLaunch Add(PendingLaunch launch)
    {
        _launches = _launches.Add(launch);
        return launch;
    }

    /// <summary>Ends; wakes those who wait for it.</summary>
    public void Remove(PendingLaunch launch)
    {
        _launches = _launches.Remove(launch);
        launch.Ended.SetResult();
    }
}

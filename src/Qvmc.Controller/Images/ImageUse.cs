using Qvmc.Controller.Instances;

namespace Qvmc.Controller.Images;

/// <summary>Who uses which bytes: instances, and launches that are being stored.</summary>
internal sealed class ImageUse(InstanceTable table, PendingLaunches pending)
{
    /// <summary>Names of the instances that use a digest.</summary>
    public IReadOnlyList<string> Users(string digest) =>
    [
        .. pending.Records.Concat(table.All.Values.Select(s => s.Record))
            .Where(r => r.ImageDigest == digest)
            .Select(r => r.Instance.Name)
            .Distinct()
            .Order(StringComparer.Ordinal),
    ];
}

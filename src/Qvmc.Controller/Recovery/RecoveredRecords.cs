using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Recovery;

/// <summary>The records that could be made again.</summary>
/// <param name="Instances">By name.</param>
/// <param name="Images">By name.</param>
/// <param name="Troubles">What could not, by whose it is: a machine's uid or an image's name.</param>
public sealed record RecoveredRecords(
    IReadOnlyList<InstanceRecord> Instances, IReadOnlyList<ImageRecord> Images, IReadOnlyDictionary<string, string> Troubles);

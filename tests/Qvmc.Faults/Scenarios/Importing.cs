using Qvmc.Faults.Harness;

namespace Qvmc.Faults.Scenarios;

/// <summary>An upload in one stream.</summary>
public sealed class Importing(FaultCluster cluster) : ImageScenario(cluster)
{
    public override Task ActAsync() => Cluster.UploadAsync(Name, Bytes);
}

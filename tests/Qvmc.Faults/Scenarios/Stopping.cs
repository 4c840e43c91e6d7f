using Qvmc.Faults.Harness;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Faults.Scenarios;

/// <summary>A stop of a guest that does not listen.</summary>
public sealed class Stopping(FaultCluster cluster) : InstanceScenario(cluster)
{
    public override Task PrepareAsync() => LaunchAsync();

    public override async Task ActAsync() =>
        await Cluster.Client.StopAsync(new StopRequest { Name = Name, Wait = WaitCondition.Stopped }, FaultCluster.Within());

    public override Task CheckAsync() => CheckStateAsync(State.Stopped);
}

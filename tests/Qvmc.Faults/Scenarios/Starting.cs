using Qvmc.Faults.Harness;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Faults.Scenarios;

/// <summary>A start of a machine that does not run.</summary>
public sealed class Starting(FaultCluster cluster) : InstanceScenario(cluster)
{
    public override Task PrepareAsync() => LaunchAsync(PowerState.Stopped);

    public override Task ActAsync() => StartAsync();

    public override Task CheckAsync() => CheckStateAsync(State.Running);
}

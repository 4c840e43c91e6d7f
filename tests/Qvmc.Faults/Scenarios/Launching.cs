using Qvmc.Faults.Harness;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Faults.Scenarios;

/// <summary>A launch.</summary>
public class Launching(FaultCluster cluster) : InstanceScenario(cluster)
{
    public override Task ActAsync() => LaunchAsync();

    /// <summary>A launch that was taken and failed is repeated as a start.</summary>
    public override async Task RepeatAsync()
    {
        if ((await Cluster.ListAsync()).Any(i => i.Name == Name && i.Status.State == State.Failed))
        {
            await StartAsync();
        }

        await ActAsync();
    }

    public override Task CheckAsync() => CheckStateAsync(State.Running);
}

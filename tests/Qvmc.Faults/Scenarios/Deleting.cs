using Grpc.Core;
using Qvmc.Faults.Harness;

namespace Qvmc.Faults.Scenarios;

/// <summary>A deletion by force of a machine that runs.</summary>
public sealed class Deleting(FaultCluster cluster) : InstanceScenario(cluster)
{
    public override Task PrepareAsync() => LaunchAsync();

    public override Task ActAsync() => DeleteAsync();

    /// <summary>It is gone, and its request id never launches it a second time.</summary>
    public override async Task CheckAsync()
    {
        Assert.DoesNotContain(await Cluster.ListAsync(), i => i.Name == Name);
        var again = await Assert.ThrowsAsync<RpcException>(() => LaunchAsync());
        Assert.Equal(StatusCode.FailedPrecondition, again.StatusCode);
    }
}

using Qvmc.Faults.Harness;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Faults.Scenarios;

/// <summary>One with an instance.</summary>
public abstract class InstanceScenario(FaultCluster cluster) : Scenario(cluster)
{
    protected virtual string Image => FaultCluster.BaseImage;

    /// <summary>Launches it, or finds that it was launched, and waits until it runs.</summary>
    protected async Task<Instance> LaunchAsync(PowerState power = PowerState.Running)
    {
        var request = LaunchRequests.Of(Name, Image, power);
        request.Wait = power == PowerState.Running ? WaitCondition.Running : WaitCondition.Stopped;
        var instance = (await Cluster.Client.LaunchAsync(request, FaultCluster.Within())).Instance;
        if (power != PowerState.Running)
        {
            // It is stopped from the beginning; its host may have yet to hear of it.
            await Cluster.SettleAsync(Name, Invariants.IsSettled);
        }

        return instance;
    }

    protected async Task StartAsync() =>
        await Cluster.Client.StartAsync(new StartRequest { Name = Name, Wait = WaitCondition.Running }, FaultCluster.Within());

    protected async Task<Instance> InfoAsync() => (await Cluster.Client.InfoAsync(new InfoRequest { Name = Name }, FaultCluster.Within())).Instance;

    protected async Task CheckStateAsync(State state)
    {
        // A host's daemon that has just come back may have yet to be heard.
        await Cluster.SeeAsync(Name, i => i.Status.State != State.Unknown, "known");
        var instance = Assert.Single(await Cluster.ListAsync(), i => i.Name == Name);
        Assert.True(instance.Status.State == state, $"{instance}");
    }

    public override Task CleanAsync() => DeleteAsync();

    protected Task DeleteAsync() => ClientCalls.GoneAsync(
        () => Cluster.Client.DeleteAsync(new DeleteRequest { Name = Name, Force = true }, FaultCluster.Within()).ResponseAsync);
}

using Qvmc.Core.Drills;
using Qvmc.Faults.Harness;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Faults.Scenarios;

/// <summary>A start of the host's daemon, which finds a machine in the given way.</summary>
public abstract class Adopting(FaultCluster cluster) : InstanceScenario(cluster)
{
    protected abstract State After { get; }

    public override Task ActAsync() => Cluster.Qemu.IsRunning ? Task.CompletedTask : Cluster.Qemu.StartAsync();

    public override async Task CheckAsync() => await Cluster.SeeAsync(Name, i => i.Status.State == After, $"{After}");

    /// <summary>It runs.</summary>
    public sealed class Running(FaultCluster cluster) : Adopting(cluster)
    {
        private int _pid;

        protected override State After => State.Running;

        public override async Task PrepareAsync()
        {
            _pid = (await LaunchAsync()).Status.Pid;
            await Cluster.Qemu.KillAsync();
        }

        public override async Task CheckAsync()
        {
            await base.CheckAsync();
            Assert.Equal(_pid, (await InfoAsync()).Status.Pid);
        }
    }

    /// <summary>It died while no daemon was there.</summary>
    public sealed class Dead(FaultCluster cluster) : Adopting(cluster)
    {
        protected override State After => State.Failed;

        public override async Task PrepareAsync()
        {
            var pid = (await LaunchAsync()).Status.Pid;
            await Cluster.Qemu.KillAsync();
            await FaultCluster.KillQemuAsync(pid);
        }
    }

    /// <summary>It was being started, and its process is on no record.</summary>
    public sealed class HalfStarted(FaultCluster cluster) : Adopting(cluster)
    {
        protected override State After => State.Running;

        public override async Task PrepareAsync()
        {
            Cluster.QemuDrill.Arm(FaultStep.Spawned, FaultAction.Crash);
            await Cluster.Client.LaunchAsync(LaunchRequests.Of(Name, Image), FaultCluster.Within());
            await Cluster.Qemu.EndAsync();
            Cluster.QemuDrill.Disarm();
        }
    }

    /// <summary>It was being removed, and its directory had left.</summary>
    public sealed class HalfRemoved(FaultCluster cluster) : Adopting(cluster)
    {
        protected override State After => State.Unspecified;

        public override async Task PrepareAsync()
        {
            await LaunchAsync(PowerState.Stopped);
            Cluster.QemuDrill.Arm(FaultStep.DirectoryRenamed, FaultAction.Crash);
            var deletion = DeleteAsync();
            await Cluster.Qemu.EndAsync();
            Cluster.QemuDrill.Disarm();
            _ = deletion.ContinueWith(static _ => { }, TaskScheduler.Default);
        }

        public override async Task CheckAsync()
        {
            await DeleteAsync();
            Assert.DoesNotContain(await Cluster.ListAsync(), i => i.Name == Name);
        }
    }
}

using Qvmc.EndToEnd.Cluster;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Faults.Harness;

/// <summary>What is true whatever has died, as soon as the daemons are back and have nothing left to do.</summary>
public static class Invariants
{
    private static readonly string[] MachineFiles =
        ["machine.json", "machine.json~", "disk.qcow2", "seed.iso", "console.log", "console.log.1", "qemu.log", "qemu.log.1"];

    /// <summary>Waits until every instance is as it is wanted, then compares all that is on the host with all that is known.</summary>
    public static async Task CheckAsync(FaultCluster cluster)
    {
        foreach (var instance in await cluster.ListAsync())
        {
            await cluster.SettleAsync(instance.Name, IsSettled);
        }

        var instances = await cluster.ListAsync();
        cluster.CheckBystander(instances.Single(i => i.Name == FaultCluster.Bystander));
        Assert.Equal(instances.Count, instances.Select(i => i.Uid).Distinct().Count());
        await CheckHostAsync(cluster, instances);
        await cluster.CheckNetworksAsync(instances);
        await CheckImagesAsync(cluster, instances);
    }

    /// <summary>It is what its user wants, or has failed and says why.</summary>
    public static bool IsSettled(Instance instance) => instance.DeleteTime is null
        && instance.Status.ObservedGeneration == instance.Generation
        && (instance.Status.State, instance.Spec.Power) is
            (State.Running, PowerState.Running) or (State.Paused, PowerState.Paused) or (State.Stopped, PowerState.Stopped)
            or (State.Stopped, PowerState.Running or PowerState.Paused) or (State.Failed, _);

    private static async Task CheckHostAsync(FaultCluster cluster, IReadOnlyList<Instance> instances)
    {
        // What the daemons say and what the kernel says: the same processes, one for each machine that is up.
        Assert.Equal(
            instances.Where(i => i.Status.Pid != 0).Select(i => (i.Uid, i.Status.Pid)).Order(),
            cluster.QemuPids().Select(pid => (cluster.UidOf(pid), pid)).Order());
        Assert.Equal(instances.Where(i => i.Status.State is State.Running or State.Paused).Select(i => i.Uid).Order(), instances.Where(i => i.Status.Pid != 0).Select(i => i.Uid).Order());

        // Every directory belongs to an instance, and every file in it is known.
        var machines = Path.Combine(cluster.Root, "qemu", "machines");
        Assert.Equal(instances.Select(i => i.Uid).Order(), Names(machines));
        Assert.Equal(instances.Where(i => i.Status.Pid != 0).Select(i => i.Uid).Order(), Names(Path.Combine(cluster.Root, "run")));
        foreach (var uid in Names(machines))
        {
            Assert.Empty(Names(Path.Combine(machines, uid)).Except(MachineFiles));
            var disk = Path.Combine(machines, uid, "disk.qcow2");
            if (File.Exists(disk))
            {
                (await CommandResult.RunAsync("qemu-img", "check", "-q", "-U", "-f", "qcow2", disk)).Expect();
            }
        }
    }

    private static async Task CheckImagesAsync(FaultCluster cluster, IReadOnlyList<Instance> instances)
    {
        // What a crash leaves without a name goes with this, and nothing else does.
        await cluster.Images.PruneImagesAsync(new PruneImagesRequest(), FaultCluster.Within());
        var images = (await cluster.Images.ListImagesAsync(new ListImagesRequest(), FaultCluster.Within())).Images;
        Assert.All(images, i => Assert.True(i.State == ImageState.Ready, $"{i}"));
        var bytes = Names(Path.Combine(cluster.Root, "images", "sha256"));
        Assert.Equal(images.Select(i => i.Digest["sha256:".Length..]).Distinct().Order(), bytes);
        Assert.Empty(Names(Path.Combine(cluster.Root, "images", "partial")));
        Assert.All(instances, i => Assert.Contains(images, m => m.Name == i.Spec.Image));
    }

    private static IReadOnlyList<string> Names(string directory) => !Directory.Exists(directory)
        ? []
        : [.. Directory.EnumerateFileSystemEntries(directory).Select(p => Path.GetFileName(p)).Order(StringComparer.Ordinal)];
}

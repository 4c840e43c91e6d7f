using Qvmc.EndToEnd.Cluster;
using Qvmc.Faults.Harness;

namespace Qvmc.Faults;

/// <summary>A disk has one writer, whoever tries.</summary>
public sealed class SecondWriterTests(FaultCluster cluster) : IClassFixture<FaultCluster>
{
    [Fact]
    public async Task ADiskThatAMachineHasCantBeOpenedByAnother()
    {
        var bystander = (await cluster.ListAsync()).Single(i => i.Name == FaultCluster.Bystander);
        var disk = Path.Combine(cluster.Root, "qemu", "machines", bystander.Uid, "disk.qcow2");
        var second = (await CommandResult.RunAsync("qemu-io", "-f", "qcow2", "-c", "write 0 512", disk)).Expect(1);
        Assert.Contains("lock", second.Errors, StringComparison.Ordinal);

        // The machine's own command line again, without what it inherits.
        var again = (await CommandResult.RunAsync(
            "qemu-system-x86_64", "-nodefaults", "-display", "none", "-machine", "q35,accel=tcg", "-S", "-blockdev",
            $$$"""{"driver":"qcow2","node-name":"d","file":{"driver":"file","filename":"{{{disk}}}"}}""", "-device", "virtio-blk-pci,drive=d")).Expect(1);
        Assert.Contains("lock", again.Errors, StringComparison.Ordinal);
        await Invariants.CheckAsync(cluster);
    }
}

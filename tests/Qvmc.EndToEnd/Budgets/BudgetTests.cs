using Qvmc.EndToEnd.Cluster;
using Xunit.Abstractions;

namespace Qvmc.EndToEnd.Budgets;

/// <summary>What things may cost, by figures that load and hardware don't move.</summary>
public sealed class BudgetTests(MeteredCluster cluster, ITestOutputHelper output) : IClassFixture<MeteredCluster>
{
    [Fact]
    public void TheBinaryIsNoLargerThanItsBudget() => Within("binary_bytes", new FileInfo(Binaries.Qvmc).Length);

    /// <summary>All of a life, so that what is done after an answer is counted too; without a guest, whose questions would add to it.</summary>
    [RootFact]
    public async Task AMachinesLifeCostsNoMoreThanItsBudget()
    {
        var orders = await cluster.CallsAsync("Ensure");
        var calls = await SystemCalls.BeginAsync(Path.Combine(cluster.Root, "calls"), cluster.Qemu.Pid, cluster.Controller.Pid);
        try
        {
            (await cluster.QvmcAsync("launch", "spent", "--image", "tiny", "--memory", "128M", "--paused")).Expect();
            (await cluster.QvmcAsync("delete", "spent", "--force")).Expect();
        }
        finally
        {
            await calls.EndAsync();
        }

        output.WriteLine(string.Join('\n', [.. calls.Programs, .. calls.Syncs, .. calls.MonitorCommands]));
        Assert.Multiple(
            () => Within("execs", calls.Programs.Count),
            () => Within("syncs", calls.Syncs.Count),

            // Of which one may be a look at how it is, if its turn came just then.
            () => Within("qmp_commands", calls.MonitorCommands.Count));
        Within("orders", await cluster.CallsAsync("Ensure") - orders);
    }

    [Fact]
    public async Task AnAnswerAllocatesNoMoreThanItsBudget()
    {
        const int times = 2000;
        (await cluster.QvmcAsync("launch", "asked", "--image", "tiny", "--memory", "128M", "--no-start")).Expect();
        await cluster.AskAsync("asked", 100);
        var (controller, gateway) = (await cluster.ControllerBytesAsync(), await cluster.GatewayBytesAsync());
        await cluster.AskAsync("asked", times);
        controller = await cluster.ControllerBytesAsync() - controller;
        gateway = await cluster.GatewayBytesAsync() - gateway;
        Assert.Multiple(
            () => Within("controller_bytes_per_info", controller / times),
            () => Within("gateway_bytes_per_info", gateway / times));
        (await cluster.QvmcAsync("delete", "asked")).Expect();
    }

    private void Within(string name, long spent)
    {
        output.WriteLine($"{name}: {spent}");
        Spending.Within(name, spent);
    }
}

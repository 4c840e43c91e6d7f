using System.Text.Json.Nodes;
using Qvmc.Os.Files;
using Qvmc.Protos.Instance.V1;
using Qvmc.Qemu.Machines;

namespace Qvmc.Qemu.Tests.Machines;

/// <summary>What is told of the room that a machine's disk takes.</summary>
public sealed class DiskRoomTests
{
    // The guest stands still: what it would write, the monitor does through its device.
    [Fact]
    public async Task ItIsLookedAtAgainWhileTheMachineRuns()
    {
        var host = new HostFixture { Time = new PromptTimers() };
        await host.InitializeAsync();
        try
        {
            var order = host.Order();
            order.Spec.DiskMib = 16;
            await host.Table.EnsureAsync(order);
            var before = (await host.WaitAsync(order.Uid, State.Paused)).DiskUsedBytes;
            await host.Table.Get(order.Uid).Session!.CommandAsync(
                "human-monitor-command",
                new JsonObject { ["command-line"] = "qemu-io -d /machine/peripheral/disk-dev0/virtio-backend \"write -P 0x5a 0 8M\"" });
            var after = (await host.WaitAsync(order.Uid, s => s.DiskUsedBytes >= before + (8 << 20))).DiskUsedBytes;
            Assert.Equal((ulong)FileSpace.Allocated(host.Host.PathsOf(order.Uid).Disk), after);
        }
        finally
        {
            await host.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(10 << 20, (11 << 20) - 1, false)]
    [InlineData(10 << 20, 11 << 20, true)]
    [InlineData(10 << 20, 9 << 20, true)]
    [InlineData(1 << 30, (1 << 30) + (15 << 20), false)]
    [InlineData(1 << 30, (1 << 30) + (16 << 20), true)]
    [InlineData(0, 1 << 20, true)]
    public void ALittleMoreIsNoNewsByItself(long told, long used, bool isNews)
    {
        var before = new InstanceStatus { State = State.Running, DiskUsedBytes = (ulong)told };
        var after = new InstanceStatus { State = State.Running, DiskUsedBytes = (ulong)used };
        Assert.Equal(isNews, StatusView.IsNews(after, before));
        after.State = State.Paused;
        Assert.True(StatusView.IsNews(after, before));
        Assert.True(StatusView.IsNews(after, null));
    }
}

using System.Text.Json;
using Qvmc.EndToEnd.Cluster;

namespace Qvmc.EndToEnd;

/// <summary>What a machine is given reaches its guest.</summary>
public sealed class SettingsTests(TestCluster cluster) : IClassFixture<TestCluster>
{
    [Fact]
    public async Task TheSeedIsAppliedOnceInAMachinesLife()
    {
        var script = Path.Combine(cluster.Root, "user-data");
        await File.WriteAllTextAsync(script, "#!/bin/sh\necho \"run on $(hostname)\" >> /data/seeded\n");
        (await cluster.QvmcAsync("launch", "seeded", "--image", "tiny", "--memory", "128M", "--user-data", script)).Expect();
        (await cluster.QvmcAsync("wait", "seeded", "--for", "address")).Expect();
        await UntilAsync("seeded", "test -s /data/seeded");
        (await cluster.QvmcAsync("restart", "seeded")).Expect();
        (await cluster.QvmcAsync("wait", "seeded", "--for", "address")).Expect();
        Assert.Equal("run on seeded\n", (await cluster.QvmcAsync("exec", "seeded", "--", "cat", "/data/seeded")).Expect().Output);
        (await cluster.QvmcAsync("delete", "seeded", "--force")).Expect();
    }

    [Fact]
    public async Task ADiskGrowsAndNeverShrinks()
    {
        (await cluster.QvmcAsync("launch", "grows", "--image", "tiny", "--memory", "128M", "--disk", "100M")).Expect();
        Assert.Equal("100", await DiskMibAsync("grows"));
        (await cluster.QvmcAsync("update", "grows", "--disk", "80M")).Expect(2);
        (await cluster.QvmcAsync("update", "grows", "--disk", "200M", "--cpus", "2")).Expect();
        await cluster.WaitAsync("grows", NeedsRestart, "in need of a restart");
        Assert.Contains("restart", (await cluster.QvmcAsync("info", "grows")).Expect().Output, StringComparison.Ordinal);
        (await cluster.QvmcAsync("restart", "grows")).Expect();
        Assert.Equal("200", await DiskMibAsync("grows"));
        Assert.Equal("2\n", (await cluster.QvmcAsync("exec", "grows", "--", "grep", "-c", "^processor", "/proc/cpuinfo")).Expect().Output);
        (await cluster.QvmcAsync("delete", "grows", "--force")).Expect();
    }

    [Fact]
    public async Task ALaunchThatTakesTooLongSaysHowFarItCameAndHarmsNothing()
    {
        var late = (await cluster.QvmcAsync("launch", "late", "--image", "tiny", "--memory", "128M", "--timeout", "1s")).Expect(5);
        // How far it comes in a second is the host's.
        Assert.Matches("late was not ready within [^;]*; it got as far as: [a-z]", late.Errors);
        (await cluster.QvmcAsync("wait", "late", "--for", "ready")).Expect();
        (await cluster.QvmcAsync("delete", "late", "--force")).Expect();
    }

    [Fact]
    public async Task DaemonsThatAreStoppedLeaveMachinesRunning()
    {
        (await cluster.QvmcAsync("launch", "stays", "--image", "tiny", "--memory", "128M")).Expect();
        var pid = (await cluster.InfoAsync("stays")).GetProperty("status").GetProperty("pid").GetInt32();
        foreach (var daemon in new[] { cluster.Gateway, cluster.Controller, cluster.Qemu })
        {
            Assert.Equal(0, await daemon.StopAsync());
        }

        Assert.Contains(pid, cluster.QemuPids());
        foreach (var daemon in new[] { cluster.Qemu, cluster.Controller, cluster.Gateway })
        {
            await daemon.StartAsync();
        }

        (await cluster.QvmcAsync("wait", "stays", "--for", "ready")).Expect();
        Assert.Equal(pid, (await cluster.InfoAsync("stays")).GetProperty("status").GetProperty("pid").GetInt32());
        (await cluster.QvmcAsync("delete", "stays", "--force")).Expect();
    }

    private static bool NeedsRestart(JsonElement status) => status.GetProperty("conditions").EnumerateArray()
        .Any(c => c.GetProperty("type").GetString() == "CONDITION_TYPE_RESTART_REQUIRED" && c.GetProperty("met").GetBoolean());

    private async Task<string> DiskMibAsync(string name) =>
        (await cluster.QvmcAsync("exec", name, "--", "sh", "-c", "echo $(($(cat /sys/block/vda/size) / 2048))")).Expect().Output.Trim();

    // The guest's own loop: the host hears nothing of what scripts in it do.
    private async Task UntilAsync(string name, string condition) =>
        (await cluster.QvmcAsync("exec", name, "--timeout", "60s", "--", "sh", "-c", $"until {condition}; do sleep 0.2; done")).Expect();
}

using Qvmc.EndToEnd.Cluster;

namespace Qvmc.EndToEnd;

/// <summary>Whatever is killed, machines live on and what is told stays true.</summary>
public sealed class CrashTests(TestCluster cluster) : IClassFixture<TestCluster>
{
    [Fact]
    public async Task EachDaemonInTurnIsKilledAndTheMachineLivesOn()
    {
        (await cluster.QvmcAsync("launch", "lives", "--image", "tiny", "--memory", "128M")).Expect();
        var before = (await cluster.InfoAsync("lives")).GetProperty("status");
        foreach (var daemon in new[] { cluster.Gateway, cluster.Controller, cluster.Qemu })
        {
            await daemon.KillAsync();
            Assert.Equal([before.GetProperty("pid").GetInt32()], cluster.QemuPids());
            await daemon.StartAsync();
            (await cluster.QvmcAsync("wait", "lives", "--for", "ready")).Expect();
            var after = (await cluster.InfoAsync("lives")).GetProperty("status");
            Assert.Equal(before.GetProperty("pid").GetInt32(), after.GetProperty("pid").GetInt32());
            Assert.Equal(before.GetProperty("startTime").GetString(), after.GetProperty("startTime").GetString());
            Assert.Equal("STATE_RUNNING", after.GetProperty("state").GetString());
            Assert.Equal("alive\n", (await cluster.QvmcAsync("exec", "lives", "--", "echo", "alive")).Expect().Output);
        }

        (await cluster.QvmcAsync("stop", "lives")).Expect();
        (await cluster.QvmcAsync("delete", "lives")).Expect();
    }

    [Fact]
    public async Task CommandsGoThroughAsSoonAsTheHostIsBack()
    {
        (await cluster.QvmcAsync("launch", "back", "--image", "tiny", "--memory", "128M")).Expect();
        for (var i = 0; i < 3; i++)
        {
            await cluster.Qemu.KillAsync();
            await cluster.WaitStateAsync("back", "STATE_UNKNOWN");
            await cluster.Qemu.StartAsync();
            Assert.Equal("alive\n", (await cluster.QvmcAsync("exec", "back", "--", "echo", "alive")).Expect().Output);
        }

        (await cluster.QvmcAsync("delete", "back", "--force")).Expect();
    }

    [Fact]
    public async Task WhileTheHostIsAwayItsMachinesAreUnknown()
    {
        (await cluster.QvmcAsync("launch", "away", "--image", "tiny", "--memory", "128M")).Expect();
        await cluster.Qemu.KillAsync();
        await cluster.WaitStateAsync("away", "STATE_UNKNOWN");
        await cluster.Qemu.StartAsync();
        await cluster.WaitStateAsync("away", "STATE_RUNNING");
        (await cluster.QvmcAsync("delete", "away", "--force")).Expect();
    }

    [Fact]
    public async Task AKilledQemuIsFailedWithTheReason()
    {
        (await cluster.QvmcAsync("launch", "killed", "--image", "tiny", "--memory", "128M")).Expect();
        using (var qemu = System.Diagnostics.Process.GetProcessById((await cluster.InfoAsync("killed")).GetProperty("status").GetProperty("pid").GetInt32()))
        {
            qemu.Kill();
        }

        var status = (await cluster.WaitStateAsync("killed", "STATE_FAILED")).GetProperty("status");
        var error = status.GetProperty("lastError");
        Assert.Equal("QemuKilled", error.GetProperty("reason").GetString());
        Assert.Contains("signal 9", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Contains("qvmc tiny", error.GetProperty("consoleTail").GetString(), StringComparison.Ordinal);
        (await cluster.QvmcAsync("start", "killed")).Expect();
        (await cluster.QvmcAsync("delete", "killed", "--force")).Expect();
    }

    [Fact]
    public async Task WhatDiedWhileTheHostWasAwayIsToldAfterwards()
    {
        var launches = await Task.WhenAll(
            cluster.QvmcAsync("launch", "crashed", "--image", "tiny", "--memory", "128M"),
            cluster.QvmcAsync("launch", "shutdown", "--image", "tiny", "--memory", "128M"));
        Assert.All(launches, l => l.Expect());
        // Let the guest shut itself down a little after the daemon is gone.
        _ = await cluster.QvmcAsync("exec", "shutdown", "--timeout", "5s", "--", "sh", "-c", "(sleep 3; poweroff) >/dev/null 2>&1 &");
        var crashed = (await cluster.InfoAsync("crashed")).GetProperty("status").GetProperty("pid").GetInt32();
        await cluster.Qemu.KillAsync();
        using (var qemu = System.Diagnostics.Process.GetProcessById(crashed))
        {
            qemu.Kill();
            await qemu.WaitForExitAsync();
        }

        await cluster.Qemu.StartAsync();
        var failed = await cluster.WaitStateAsync("crashed", "STATE_FAILED");
        Assert.Equal("QemuDied", failed.GetProperty("status").GetProperty("reason").GetString());
        var stopped = await cluster.WaitStateAsync("shutdown", "STATE_STOPPED");
        Assert.Equal("GuestShutdown", stopped.GetProperty("status").GetProperty("reason").GetString());
        (await cluster.QvmcAsync("delete", "crashed", "shutdown")).Expect();
    }

    [Fact]
    public async Task TwentyAtOnceAllEndRight()
    {
        var names = Enumerable.Range(1, 20).Select(i => $"many{i}").ToArray();
        var launches = await Task.WhenAll(names.Select(n => cluster.QvmcAsync("launch", n, "--image", "tiny", "--memory", "64M", "--paused")));
        Assert.All(launches, l => l.Expect());
        Assert.Equal(20, cluster.QemuPids().Count);
        var list = (await cluster.QvmcAsync("list", "--format", "json")).Expect().Json;
        Assert.All(list.EnumerateArray(), i => Assert.Equal("STATE_PAUSED", i.GetProperty("status").GetProperty("state").GetString()));
        Assert.Equal(20, list.GetArrayLength());
        (await cluster.QvmcAsync(["delete", "--force", .. names])).Expect();
        Assert.Empty(cluster.QemuPids());
    }
}

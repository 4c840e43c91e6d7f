using System.Globalization;
using System.Text.Json;

namespace Qvmc.EndToEnd.Slow;

/// <summary>
/// A real distribution's cloud image, from its first boot to the one after a stop. The tests may come in any order:
/// what one of them leaves changes nothing for the others.
/// </summary>
public sealed class DebianTests(DebianCluster cluster) : IClassFixture<DebianCluster>
{
    [Fact]
    public async Task CloudInitDoesWhatItIsTold()
    {
        await SettledAsync();
        Assert.Equal(DebianCluster.Note, await InGuestAsync("cat", "/etc/note"));
        Assert.Equal("640 root adm\n", await InGuestAsync("stat", "-c", "%a %U %G", "/etc/note"));
        Assert.Equal("told\n", await InGuestAsync("hostname"));
        Assert.Equal("Asia/Tokyo\n", await InGuestAsync("cat", "/etc/timezone"));
        Assert.Contains("(adm)", await InGuestAsync("id", "alice"), StringComparison.Ordinal);
        Assert.Contains("(sudo)", await InGuestAsync("id", "debian"), StringComparison.Ordinal);
        Assert.DoesNotContain("WARNING", await InGuestAsync("cat", "/var/log/cloud-init.log"), StringComparison.Ordinal);
        Assert.Equal("0 loaded units listed.", (await InGuestAsync("systemctl", "list-units", "--failed", "--legend=true", "--plain")).Trim().Split('\n')[^1]);
    }

    [Fact]
    public async Task TheFileSystemFillsTheDiskThatWasAskedFor()
    {
        await SettledAsync();
        Assert.Equal("4294967296\n", await InGuestAsync("lsblk", "--bytes", "--nodeps", "--noheadings", "--output", "SIZE", "/dev/vda"));
        var size = long.Parse(await InGuestAsync("sh", "-c", "df --block-size=1 --output=size / | tail -n 1"), CultureInfo.InvariantCulture);
        Assert.InRange(size, 3.7 * (1L << 30), 4L << 30);
    }

    [Fact]
    public async Task SshLeadsInByTheKeysThatWereGiven()
    {
        await SettledAsync();
        var hello = (await cluster.DefaultKey.RunAsync("debian", cluster.SshPort, "echo $USER on $(hostname); sudo -n id -u")).Expect();
        Assert.Equal("debian on told\n0\n", hello.Output);
        Assert.Equal("alice\n", (await cluster.AliceKey.RunAsync("alice", cluster.SshPort, "whoami")).Expect().Output);

        // Each key is its own user's.
        var refused = (await cluster.AliceKey.RunAsync("debian", cluster.SshPort, "whoami")).Expect(255);
        Assert.Contains("Permission denied", refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheNetworkIsAsConfiguredAndInfoTellsOfIt()
    {
        await SettledAsync();
        var instance = await cluster.WaitAsync(
            "deb",
            s => s.TryGetProperty("addresses", out var a) && a.GetArrayLength() > 1 && s.GetProperty("guest").GetProperty("hostname").GetString() == "told",
            "known by name and both addresses");
        var status = instance.GetProperty("status");
        var addresses = status.GetProperty("addresses").EnumerateArray().Select(a => a.GetProperty("ip").GetString()).ToArray();
        Assert.Contains("10.0.2.15", addresses);
        Assert.Contains("192.0.2.77", addresses);
        Assert.Equal("debian", status.GetProperty("guest").GetProperty("osId").GetString());
        Assert.Equal("12", status.GetProperty("guest").GetProperty("osVersion").GetString());
        Assert.Equal("2\n", await InGuestAsync("nproc"));
    }

    [Fact]
    public async Task AStopIsGracefulAndAStartKeepsEverything()
    {
        await SettledAsync();
        var before = await IdentityAsync();
        await InGuestAsync("sh", "-c", "echo changed since >> /etc/note");
        (await cluster.QvmcAsync("stop", "deb", "--timeout", DebianCluster.Patience)).Expect();
        var uid = (await cluster.InfoAsync("deb")).GetProperty("uid").GetString();
        var stages = cluster.Qemu.Log.Split('\n').Where(l => l.Contains($"machine {uid}: stage", StringComparison.Ordinal)).ToArray();
        Assert.Contains(stages, l => l.Contains("AgentShutdown", StringComparison.Ordinal));
        Assert.DoesNotContain(stages, l => l.Contains("Kill", StringComparison.Ordinal));

        (await cluster.QvmcAsync("start", "deb", "--timeout", DebianCluster.Patience)).Expect();
        await SettledAsync();
        Assert.Equal(before, await IdentityAsync());
        Assert.Equal(DebianCluster.Note + "changed since\n", await InGuestAsync("cat", "/etc/note"));
        // The file system was closed, so it was not repaired.
        Assert.DoesNotContain("recovery", await InGuestAsync("journalctl", "--boot", "--dmesg", "--grep", "EXT4-fs"), StringComparison.Ordinal);
        await InGuestAsync("sh", "-c", "sed -i '/changed since/d' /etc/note");
        Assert.Equal("alice\n", (await cluster.AliceKey.RunAsync("alice", cluster.SshPort, "whoami")).Expect().Output);
    }

    [Fact]
    public async Task WhatCloudInitFailedAtIsTold()
    {
        var waited = (await cluster.QvmcAsync("wait", "bad", "--for", "cloud-init", "--timeout", DebianCluster.Patience)).Expect(4);
        Assert.Contains("scripts-user", waited.Errors, StringComparison.Ordinal);
        var condition = await CloudInitAsync("bad");
        Assert.False(condition.TryGetProperty("met", out var met) && met.GetBoolean());
        Assert.Equal("Error", condition.GetProperty("reason").GetString());
        Assert.Contains("scripts-user", condition.GetProperty("message").GetString(), StringComparison.Ordinal);
        // It is no reason to end the guest.
        Assert.Equal("STATE_RUNNING", (await cluster.InfoAsync("bad")).GetProperty("status").GetProperty("state").GetString());
    }

    // From the distribution's mirrors, which the guest reaches through this host.
    [Fact]
    public async Task AnImageWithoutTheAgentGetsItAtItsFirstBoot()
    {
        (await cluster.QvmcAsync("wait", "bare", "--for", "cloud-init", "--timeout", DebianCluster.Patience)).Expect();
        var status = (await cluster.InfoAsync("bare")).GetProperty("status");
        Assert.Equal("bare", status.GetProperty("guest").GetProperty("hostname").GetString());
        Assert.StartsWith("7.2", status.GetProperty("guest").GetProperty("agentVersion").GetString(), StringComparison.Ordinal);
        (await cluster.QvmcAsync("stop", "bare", "--timeout", DebianCluster.Patience)).Expect();
        (await cluster.QvmcAsync("start", "bare", "--timeout", DebianCluster.Patience)).Expect();
    }

    // The guest has done its boot's work, and without an error. That is asked of itself, too.
    private async Task SettledAsync()
    {
        (await cluster.QvmcAsync("wait", "deb", "--for", "cloud-init", "--timeout", DebianCluster.Patience)).Expect();
        var condition = await CloudInitAsync("deb");
        Assert.True(condition.GetProperty("met").GetBoolean());
        Assert.Equal("Done", condition.GetProperty("reason").GetString());
        Assert.Contains("status: done", await InGuestAsync("cloud-init", "status", "--long"), StringComparison.Ordinal);
    }

    private async Task<JsonElement> CloudInitAsync(string name) => (await cluster.InfoAsync(name)).GetProperty("status").GetProperty("conditions")
        .EnumerateArray().Single(c => c.GetProperty("type").GetString() == "CONDITION_TYPE_CLOUD_INIT");

    // What a machine may not change on a restart.
    private Task<string> IdentityAsync() => InGuestAsync("sh", "-c", "cat /etc/machine-id /etc/ssh/ssh_host_*_key.pub; ls /var/lib/cloud/instances");

    private async Task<string> InGuestAsync(params string[] command) =>
        (await cluster.QvmcAsync(["exec", "deb", "--timeout", "5m", "--", .. command])).Expect().Output;
}

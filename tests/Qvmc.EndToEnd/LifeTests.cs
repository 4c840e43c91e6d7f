using System.Net.Sockets;
using Qvmc.EndToEnd.Cluster;

namespace Qvmc.EndToEnd;

/// <summary>The main job, on a real guest.</summary>
public sealed class LifeTests(TestCluster cluster) : IClassFixture<TestCluster>
{
    [Fact]
    public async Task LaunchWaitsForTheGuestAndInfoTellsOfIt()
    {
        (await cluster.QvmcAsync("launch", "life", "--image", "tiny", "--memory", "128M", "--label", "tier=test")).Expect();
        // The agent may answer before the guest has its lease.
        (await cluster.QvmcAsync("wait", "life", "--for", "address")).Expect();
        var instance = await cluster.InfoAsync("life");
        var status = instance.GetProperty("status");
        Assert.Equal("STATE_RUNNING", status.GetProperty("state").GetString());
        Assert.Equal("10.0.2.15", status.GetProperty("addresses")[0].GetProperty("ip").GetString());
        Assert.StartsWith("qvmc tiny", status.GetProperty("guest").GetProperty("os").GetString(), StringComparison.OrdinalIgnoreCase);
        Assert.Equal("life", status.GetProperty("guest").GetProperty("hostname").GetString());
        Assert.StartsWith("pc-q35-", status.GetProperty("machineType").GetString(), StringComparison.Ordinal);
        Assert.Contains(status.GetProperty("pid").GetInt32(), cluster.QemuPids());
        Assert.Equal("test", instance.GetProperty("labels").GetProperty("tier").GetString());
        Assert.Contains("qvmc tiny", (await cluster.QvmcAsync("info", "life", "--console")).Expect().Output, StringComparison.Ordinal);

        var failing = await cluster.QvmcAsync("exec", "life", "--", "sh", "-c", "echo out; echo err >&2; exit 7");
        Assert.Equal((7, "out\n", "err\n"), (failing.ExitCode, failing.Output, failing.Errors));

        (await cluster.QvmcAsync("delete", "life")).Expect(4);
        (await cluster.QvmcAsync("start", "life")).Expect();
        (await cluster.QvmcAsync("delete", "life", "--force")).Expect();
        (await cluster.QvmcAsync("info", "life")).Expect(3);
    }

    [Fact]
    public async Task AStopByTheAgentAndAStartKeepTheDisk()
    {
        (await cluster.QvmcAsync("launch", "keep", "--image", "tiny", "--memory", "128M")).Expect();
        (await cluster.QvmcAsync("exec", "keep", "--", "sh", "-c", "echo kept > /data/note")).Expect();
        (await cluster.QvmcAsync("stop", "keep")).Expect();
        Assert.Contains("AgentShutdown", await StagesAsync("keep"), StringComparison.Ordinal);
        Assert.DoesNotContain("Powerdown", await StagesAsync("keep"), StringComparison.Ordinal);
        Assert.Equal("STATE_STOPPED", (await cluster.InfoAsync("keep")).GetProperty("status").GetProperty("state").GetString());
        (await cluster.QvmcAsync("stop", "keep")).Expect();
        (await cluster.QvmcAsync("start", "keep")).Expect();
        Assert.Equal("kept\n", (await cluster.QvmcAsync("exec", "keep", "--", "cat", "/data/note")).Expect().Output);
        (await cluster.QvmcAsync("restart", "keep")).Expect();
        Assert.Equal(3, (await cluster.InfoAsync("keep")).GetProperty("status").GetProperty("boot").GetInt32());
        (await cluster.QvmcAsync("delete", "keep", "--force")).Expect();
    }

    [Fact]
    public async Task AGuestWithoutAgentIsStoppedByThePowerButton()
    {
        (await cluster.QvmcAsync("launch", "button", "--image", "tiny", "--memory", "128M")).Expect();
        // The agent can't answer for its own end.
        _ = await cluster.QvmcAsync("exec", "button", "--timeout", "5s", "--", "sh", "-c", "kill $(cat /run/qga.pid)");
        (await cluster.QvmcAsync("stop", "button")).Expect();
        var status = (await cluster.InfoAsync("button")).GetProperty("status");
        Assert.Equal("STATE_STOPPED", status.GetProperty("state").GetString());
        Assert.Contains("Powerdown", await StagesAsync("button"), StringComparison.Ordinal);
        (await cluster.QvmcAsync("delete", "button")).Expect();
    }

    [Fact]
    public async Task AStopByForceDoesNotAskTheGuest()
    {
        (await cluster.QvmcAsync("launch", "force", "--image", "tiny", "--memory", "128M", "--no-wait")).Expect();
        await cluster.WaitStateAsync("force", "STATE_RUNNING");
        (await cluster.QvmcAsync("stop", "force", "--force")).Expect();
        Assert.False((await cluster.InfoAsync("force")).GetProperty("status").TryGetProperty("lastError", out _));
        Assert.DoesNotContain("Powerdown", await StagesAsync("force"), StringComparison.Ordinal);
        (await cluster.QvmcAsync("delete", "force")).Expect();
    }

    [Fact]
    public async Task AGuestThatShutsItselfDownStaysDown()
    {
        (await cluster.QvmcAsync("launch", "self", "--image", "tiny", "--memory", "128M")).Expect();
        _ = await cluster.QvmcAsync("exec", "self", "--timeout", "5s", "--", "sh", "-c", "(sleep 1; poweroff) >/dev/null 2>&1 &");
        var instance = await cluster.WaitStateAsync("self", "STATE_STOPPED");
        Assert.Equal("GuestShutdown", instance.GetProperty("status").GetProperty("reason").GetString());
        (await cluster.QvmcAsync("start", "self")).Expect();
        (await cluster.QvmcAsync("delete", "self", "--force")).Expect();
    }

    [Fact]
    public async Task TwoMachinesShareOneBaseImageAndNothingElse()
    {
        var launches = await Task.WhenAll(
            cluster.QvmcAsync("launch", "one", "--image", "tiny", "--memory", "128M"),
            cluster.QvmcAsync("launch", "two", "--image", "tiny", "--memory", "128M"));
        Assert.All(launches, l => l.Expect());
        (await cluster.QvmcAsync("exec", "one", "--", "sh", "-c", "echo one > /data/who; sync")).Expect();
        Assert.NotEqual(0, (await cluster.QvmcAsync("exec", "two", "--", "cat", "/data/who")).ExitCode);
        (await cluster.QvmcAsync("image", "delete", "tiny")).Expect(4);
        (await cluster.QvmcAsync("delete", "one", "two", "--force")).Expect();
    }

    [Fact]
    public async Task APortForwardLeadsIntoTheGuestAndAConflictIsRefusedBeforeTheStart()
    {
        using var taken = new TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var busy = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;
        var refused = (await cluster.QvmcAsync("launch", "busy", "--image", "tiny", "--memory", "128M", "--forward", $"{busy}:80")).Expect(1);
        Assert.Contains($"port {busy}", refused.Errors, StringComparison.Ordinal);
        (await cluster.QvmcAsync("delete", "busy")).Expect();

        taken.Stop();
        (await cluster.QvmcAsync("launch", "served", "--image", "tiny", "--memory", "128M", "--forward", $"{busy}:80")).Expect();
        (await cluster.QvmcAsync("exec", "served", "--", "sh", "-c", "(while true; do echo hello | nc -l -p 80; done) >/dev/null 2>&1 &")).Expect();
        Assert.Equal("hello", await ReadLineAsync(busy));
        (await cluster.QvmcAsync("delete", "served", "--force")).Expect();
    }

    // What the host has logged of the machine.
    private async Task<string> StagesAsync(string name)
    {
        var uid = (await cluster.InfoAsync(name)).GetProperty("uid").GetString();
        return string.Join('\n', cluster.Qemu.Log.Split('\n').Where(l => l.Contains($"machine {uid}: stage", StringComparison.Ordinal)));
    }

    // The guest's listener comes up in its own time; until then the connection is made and closed by QEMU.
    private static async Task<string?> ReadLineAsync(int port)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            using var client = new TcpClient();
            await client.ConnectAsync(System.Net.IPAddress.Loopback, port, limit.Token);
            using var reader = new StreamReader(client.GetStream());
            try
            {
                if (await reader.ReadLineAsync(limit.Token) is { Length: > 0 } line)
                {
                    return line;
                }
            }
            catch (IOException)
            {
            }

            limit.Token.ThrowIfCancellationRequested();
        }
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Qvmc.EndToEnd.Cluster;

namespace Qvmc.EndToEnd.Networks;

/// <summary>Port forwards and interfaces of a real guest on a user-mode network, while it runs.</summary>
public sealed class LiveUserTests(TestCluster cluster) : IClassFixture<TestCluster>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task AForwardIsReachedAsSoonAsItIsAddedAndNoMoreWhenItIsRemoved()
    {
        await LaunchAsync("served");
        await GuestAsync("served", "mkdir -p /tmp/www && echo inside >/tmp/www/index.html && httpd -p 80 -h /tmp/www");
        var port = FreePort();
        Assert.EndsWith("is forwarded\n", (await cluster.QvmcAsync("forward", "add", "served", $"{port}:80")).Expect().Output, StringComparison.Ordinal);
        using var http = new HttpClient { Timeout = Limit };
        Assert.Equal("inside\n", await http.GetStringAsync($"http://127.0.0.1:{port}/"));

        // Another program has the port: what is asked for is kept, and comes when the port is free.
        using var program = new TcpListener(IPAddress.Loopback, 0);
        program.Start();
        var taken = ((IPEndPoint)program.LocalEndpoint).Port;
        Assert.Contains("is taken by another program", (await cluster.QvmcAsync("forward", "add", "served", $"{taken}:80")).Expect().Output, StringComparison.Ordinal);
        program.Stop();
        (await cluster.QvmcAsync("forward", "remove", "served", $"{port}")).Expect();
        Assert.Equal("inside\n", await http.GetStringAsync($"http://127.0.0.1:{taken}/"));
        using var fresh = new HttpClient { Timeout = Limit };
        await Assert.ThrowsAsync<HttpRequestException>(() => fresh.GetStringAsync($"http://127.0.0.1:{port}/"));
        Assert.DoesNotContain("RESTART_REQUIRED", (await cluster.InfoAsync("served")).GetRawText(), StringComparison.Ordinal);
        (await cluster.QvmcAsync("delete", "served", "--force")).Expect();
    }

    [Fact]
    public async Task InterfacesComeAndGoInTheGuestEvenIfTheDaemonIsKilledInBetween()
    {
        await LaunchAsync("plugged");
        var info = await cluster.InfoAsync("plugged");
        var (qemu, uid) = (info.GetProperty("status").GetProperty("pid").GetInt32(), info.GetProperty("uid").GetString()!);
        Assert.StartsWith("plugged: interface 2 is added (", (await cluster.QvmcAsync("nic", "add", "plugged")).Expect().Output, StringComparison.Ordinal);
        var mac = (await cluster.InfoAsync("plugged")).GetProperty("spec").GetProperty("nics")[1].GetProperty("mac").GetString()!;
        await SeesAsync("plugged", $"grep -qx {mac} /sys/class/net/eth1/address");
        await GuestAsync("plugged", "ip link set eth1 up && udhcpc -i eth1 -n -q -t 10 -T 1");

        // The daemon dies while QEMU has heard of a third and has not answered.
        await WhileKilledAsync(qemu, () => cluster.QvmcAsync("nic", "add", "plugged"), uid, "nicsComing");
        await SeesAsync("plugged", "[ -e /sys/class/net/eth2 ]");

        var removed = (await cluster.QvmcAsync("nic", "remove", "plugged", "2")).Expect().Output;
        Assert.Equal("plugged: interface 2 is removed\n", removed);
        await SeesAsync("plugged", "[ ! -e /sys/class/net/eth1 ]");
        await WhileKilledAsync(qemu, () => cluster.QvmcAsync("nic", "remove", "plugged", "3"), uid, "nicsGoing");
        await SeesAsync("plugged", "[ ! -e /sys/class/net/eth2 ]");
        await cluster.WaitAsync("plugged", s => s.GetProperty("nics").GetArrayLength() == 1, "left with one interface");
        var after = await cluster.InfoAsync("plugged");
        Assert.DoesNotContain("RESTART_REQUIRED", after.GetRawText(), StringComparison.Ordinal);
        Assert.Equal(qemu, after.GetProperty("status").GetProperty("pid").GetInt32());

        // The place is free for another one.
        (await cluster.QvmcAsync("nic", "add", "plugged")).Expect();
        await SeesAsync("plugged", "[ -e /sys/class/net/eth1 ]");
        (await cluster.QvmcAsync("delete", "plugged", "--force")).Expect();
    }

    private async Task WhileKilledAsync(int qemu, Func<Task<CommandResult>> change, string uid, string noted)
    {
        await SignalAsync("STOP", qemu);
        var changing = change();
        var record = Path.Combine(cluster.Root, "qemu", "machines", uid, "machine.json");
        using (var limit = new CancellationTokenSource(Limit))
        {
            while (!JsonElement.Parse(await File.ReadAllTextAsync(record)).GetProperty("run").TryGetProperty(noted, out _))
            {
                await Task.Delay(20, limit.Token);
            }
        }

        await cluster.Qemu.KillAsync();
        await SignalAsync("CONT", qemu);
        await cluster.Qemu.StartAsync();
        (await changing).Expect();
        (await cluster.QvmcAsync("wait", "plugged", "--for", "ready")).Expect();
    }

    private async Task LaunchAsync(string name) => (await cluster.QvmcAsync("launch", name, "--image", "tiny", "--memory", "128M")).Expect();

    private async Task GuestAsync(string name, string script) => (await cluster.QvmcAsync("exec", name, "--", "sh", "-c", script)).Expect();

    // In the guest devices come and go in their own time, and nothing tells of it.
    private Task SeesAsync(string name, string condition) =>
        GuestAsync(name, $"tries=0; until {condition}; do tries=$((tries + 1)); [ $tries -lt 400 ] || exit 1; usleep 100000; done");

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private static async Task SignalAsync(string signal, int pid)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{pid}"]);
        await kill.WaitForExitAsync();
    }
}

using Qvmc.EndToEnd.Cluster;
using Qvmc.Testing.Namespaces;

namespace Qvmc.EndToEnd.Networks;

/// <summary>Machines on bridges of ours whose QEMU is somebody without privileges, who opens the TAPs that are made for it.</summary>
public sealed class UnprivilegedBridgeTests(UnprivilegedNetworkCluster cluster) : IClassFixture<UnprivilegedNetworkCluster>
{
    [NamespaceFact]
    public async Task QemuWithoutPrivilegesIsOnABridgeAndAnInterfaceOfSeveralQueuesComesAndGoes()
    {
        (await cluster.QvmcAsync("launch", "wide", "--image", "tiny", "--memory", "128M", "--cpus", "2")).Expect();
        await IsUnprivilegedAsync("wide");
        (await cluster.QvmcAsync("nic", "add", "wide", "wall,queues=2")).Expect();
        var nic = (await cluster.InfoAsync("wide")).GetProperty("status").GetProperty("nics")[1];
        var (address, tap) = (nic.GetProperty("ipv4").GetString()!, nic.GetProperty("hostInterface").GetString()!);
        Assert.Contains(tap, await TapsAsync("multi_queue"), StringComparison.Ordinal);
        await SeesAsync("[ -e /sys/class/net/eth1/queues/rx-1 ] && [ -e /sys/class/net/eth1/queues/tx-1 ]");
        await cluster.InGuestAsync("wide", "/bin/sh", "-c", "ip link set eth1 up && udhcpc -i eth1 -n -q -t 20 -T 1");
        Assert.Contains($"inet {address}/24", await cluster.InGuestAsync("wide", "ip", "-4", "address", "show", "eth1"), StringComparison.Ordinal);
        await cluster.InGuestAsync("wide", "ping", "-c", "3", "-W", "10", "-I", "eth1", "10.81.0.1");

        // QEMU has opened both ends of it.
        var qemu = (await cluster.InfoAsync("wide")).GetProperty("status").GetProperty("pid").GetInt32();
        Assert.Equal(3, Directory.GetFiles($"/proc/{qemu}/fd").Count(f => File.ResolveLinkTarget(f, false)?.FullName == "/dev/net/tun"));

        (await cluster.QvmcAsync("nic", "remove", "wide", "2")).Expect();
        await SeesAsync("[ ! -e /sys/class/net/eth1 ]");
        Assert.DoesNotContain(tap, await TapsAsync(), StringComparison.Ordinal);
        (await cluster.QvmcAsync("delete", "wide", "--force")).Expect();
    }

    private async Task IsUnprivilegedAsync(string name)
    {
        var pid = (await cluster.InfoAsync(name)).GetProperty("status").GetProperty("pid").GetInt32();
        var status = await File.ReadAllLinesAsync($"/proc/{pid}/status");
        Assert.Contains($"Uid:\t{string.Join('\t', Enumerable.Repeat(UnprivilegedCluster.User, 4))}", status);
        Assert.All(status.Where(l => l.StartsWith("Cap", StringComparison.Ordinal)), l => Assert.EndsWith("\t0000000000000000", l, StringComparison.Ordinal));
    }

    // A line for each: "qabc1: tap one_queue vnet_hdr persist user 12345".
    private async Task<string> TapsAsync(string with = "") =>
        string.Concat((await cluster.Host.RunAsync("ip", "tuntap", "show")).Split('\n').Where(l => l.Length > 0 && l.Contains(with, StringComparison.Ordinal)).Select(l => l + "\n"));

    // In the guest devices come and go in their own time, and nothing tells of it.
    private Task SeesAsync(string condition) => cluster.InGuestAsync(
        "wide", "sh", "-c", $"tries=0; until {condition}; do tries=$((tries + 1)); [ $tries -lt 400 ] || exit 1; usleep 100000; done");
}

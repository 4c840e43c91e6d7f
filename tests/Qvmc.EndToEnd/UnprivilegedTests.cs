using Qvmc.EndToEnd.Cluster;

namespace Qvmc.EndToEnd;

/// <summary>Machines of a daemon that is root: QEMU is somebody else, who gets at nothing but its disks.</summary>
public sealed class UnprivilegedTests(UnprivilegedCluster cluster) : IClassFixture<UnprivilegedCluster>
{
    [RootFact]
    public async Task Qemu_is_nobody_special()
    {
        (await cluster.QvmcAsync("launch", "low", "--image", "tiny", "--memory", "128M", "--data-disk", "16M")).Expect();
        var info = (await cluster.QvmcAsync("info", "low", "--format", "json")).Expect().Json;
        var pid = info.GetProperty("status").GetProperty("pid").GetInt32();
        var status = await File.ReadAllLinesAsync($"/proc/{pid}/status");
        Assert.Contains($"Uid:\t{Repeated(UnprivilegedCluster.User)}", status);
        Assert.Contains($"Gid:\t{Repeated(UnprivilegedCluster.User)}", status);
        Assert.Contains("NoNewPrivs:\t1", status);
        Assert.All(status.Where(l => l.StartsWith("Cap", StringComparison.Ordinal)), l => Assert.EndsWith("\t0000000000000000", l, StringComparison.Ordinal));
        Assert.Equal("0\n", await File.ReadAllTextAsync($"/proc/{pid}/oom_score_adj"));

        // Its disks are its own; all else is root's, and the directory takes no new file of it.
        var directory = Path.Combine(cluster.Root, "qemu", "machines", info.GetProperty("uid").GetString()!);
        Assert.Equal("12345:12345 600\n", await StatAsync(Path.Combine(directory, "disk.qcow2")));
        Assert.Equal("12345:12345 600\n", await StatAsync(Directory.GetFiles(directory, "data-*").Single()));
        Assert.Equal("0:12345 640\n", await StatAsync(Path.Combine(directory, "seed.iso")));
        Assert.Equal("0:0 600\n", await StatAsync(Path.Combine(directory, "machine.json")));
        Assert.Equal("0:12345 710\n", await StatAsync(directory));

        // What comes while it runs, too; and a daemon that comes later knows it.
        (await cluster.QvmcAsync("disk", "add", "low", "32M")).Expect();
        await cluster.Qemu.KillAsync();
        await cluster.Qemu.StartAsync();
        (await cluster.QvmcAsync("disk", "add", "low", "48M")).Expect();
        (await cluster.QvmcAsync("wait", "low", "--for", "ready")).Expect();
        (await cluster.QvmcAsync("exec", "low", "--", "sh", "-c", "until [ -b /dev/sdc ]; do sleep 0.2; done")).Expect();
        Assert.Equal(3, Directory.GetFiles(directory, "data-*").Length);
        Assert.All(Directory.GetFiles(directory, "data-*"), d => Assert.StartsWith("12345:12345", StatAsync(d).Result, StringComparison.Ordinal));

        (await cluster.QvmcAsync("stop", "low", "--force")).Expect();
        (await cluster.QvmcAsync("update", "low", "--disk", "200M")).Expect();
        var export = Path.Combine(cluster.Root, "low.qcow2");
        (await cluster.QvmcAsync("export", "low", export)).Expect();
        Assert.True(new FileInfo(export).Length > 1 << 20);
        Assert.Empty(Directory.GetFiles(directory, ".export-*"));
        (await cluster.QvmcAsync("start", "low")).Expect();
        (await cluster.QvmcAsync("delete", "low", "--force", "--yes")).Expect();
        Assert.False(Directory.Exists(directory));
    }

    private static string Repeated(int id) => string.Join('\t', id, id, id, id);

    private static async Task<string> StatAsync(string path) => (await CommandResult.RunAsync("stat", "-c", "%u:%g %a", path)).Expect().Output;
}

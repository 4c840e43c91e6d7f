using Qvmc.EndToEnd.Cluster;

namespace Qvmc.EndToEnd;

/// <summary>The controller's store is lost, and all that it knew is made again from what hosts and images have.</summary>
public sealed class RecoverTests(TestCluster cluster) : IClassFixture<TestCluster>
{
    private string Store => Path.Combine(cluster.Root, "controller", "store.db");

    [Fact]
    public async Task ALostStoreIsRebuiltAndNoMachineNotices()
    {
        (await cluster.QvmcAsync("launch", "runs", "--image", "tiny", "--memory", "128M", "--label", "tier=front", "--forward", $"{TestCluster.FreePort()}:80")).Expect();
        (await cluster.QvmcAsync("launch", "rests", "--image", "tiny", "--memory", "128M", "--no-start")).Expect();
        (await cluster.QvmcAsync("launch", "stores", "--image", "tiny", "--memory", "128M", "--data-disk", "logs=64M")).Expect();
        (await cluster.QvmcAsync("update", "rests", "--memory", "160M")).Expect();
        (await cluster.QvmcAsync("stop", "stores", "--force")).Expect();
        string[] names = ["runs", "rests", "stores"];
        var before = await AllAsync(names);
        var pids = cluster.QemuPids();
        Assert.Single(pids);
        Assert.Contains("in use by another process", (await RecoverAsync()).Expect(exitCode: 4).Errors, StringComparison.Ordinal);

        await cluster.Controller.KillAsync();
        foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(Store)!, "store.db*").Where(f => !f.EndsWith(".acknowledged", StringComparison.Ordinal)))
        {
            File.Delete(file);
        }

        // No controller begins anew by itself, nor does a look change anything.
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(cluster.Controller.StartAsync);
        Assert.Contains("qvmc recover", refused.Message, StringComparison.Ordinal);
        var look = (await RecoverAsync()).Expect().Output;
        Assert.All(names, n => Assert.Contains(n, look, StringComparison.Ordinal));
        Assert.Contains("is not there", look, StringComparison.Ordinal);
        Assert.False(File.Exists(Store));

        (await RecoverAsync("--write")).Expect();
        await cluster.Controller.StartAsync();
        Assert.Equal(before, await AllAsync(names));
        Assert.Equal(pids, cluster.QemuPids());
        (await cluster.QvmcAsync("wait", "runs", "--for", "ready")).Expect();
        Assert.Equal("alive\n", (await cluster.QvmcAsync("exec", "runs", "--", "echo", "alive")).Expect().Output);
        Assert.Contains("tiny", (await cluster.QvmcAsync("image", "list")).Expect().Output, StringComparison.Ordinal);

        // All of it can be worked with: what stopped starts, with its disks; names are taken; what is new goes on from there.
        (await cluster.QvmcAsync("start", "stores")).Expect();
        (await cluster.QvmcAsync("launch", "runs", "--image", "tiny")).Expect(exitCode: 4);
        (await cluster.QvmcAsync("launch", "new", "--image", "tiny", "--memory", "128M", "--no-start")).Expect();

        // A sound store is not touched.
        Assert.Equal(0, await cluster.Controller.StopAsync());
        var sound = File.ReadAllBytes(Store);
        Assert.Contains("is sound", (await RecoverAsync("--write")).Expect(exitCode: 4).Errors, StringComparison.Ordinal);
        Assert.Equal(sound, File.ReadAllBytes(Store));

        // One that is damaged is moved aside.
        File.WriteAllBytes(Store, [.. sound[..5000], .. new byte[4000], .. sound[9000..]]);
        var damaged = File.ReadAllBytes(Store);
        (await RecoverAsync("--write")).Expect();
        var aside = Assert.Single(Directory.GetDirectories(Path.GetDirectoryName(Store)!, "store.lost-*"));
        Assert.Equal(damaged, File.ReadAllBytes(Path.Combine(aside, "store.db")));
        await cluster.Controller.StartAsync();
        Assert.Equal(2, cluster.QemuPids().Count);
        (await cluster.QvmcAsync(["delete", "--force", "new", .. names])).Expect();
    }

    // What must not change: all but what counts the writes to the store.
    private async Task<IReadOnlyList<string>> AllAsync(string[] names)
    {
        var all = new List<string>();
        foreach (var name in names)
        {
            var instance = await cluster.InfoAsync(name);
            var status = instance.GetProperty("status");
            all.Add(string.Join('\n', (string[])[
                .. ((string[])["uid", "generation", "labels", "createTime", "spec"]).Select(p => instance.TryGetProperty(p, out var value) ? value.GetRawText() : ""),
                .. ((string[])["state", "pid", "startTime", "node", "machineType", "boot", "nics"]).Select(p => status.TryGetProperty(p, out var value) ? value.GetRawText() : "")]));
        }

        return all;
    }

    private Task<CommandResult> RecoverAsync(params string[] options) => cluster.QvmcAsync(
        ["recover", "-c", Path.Combine(cluster.Root, "controller.json"), "--host", Path.Combine(cluster.Root, "qemu.json"), .. options]);
}

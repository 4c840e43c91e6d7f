using Qvmc.EndToEnd.Cluster;
using Qvmc.Testing;

namespace Qvmc.EndToEnd;

/// <summary>The binary is replaced while machines run.</summary>
public sealed class UpgradeTests(TestCluster cluster) : IClassFixture<TestCluster>
{
    private const int Machines = 20;

    [Fact]
    public async Task TheDaemonsOfAnotherBinaryTakeOverEveryMachine()
    {
        var names = Enumerable.Range(1, Machines).Select(i => $"old{i}").ToArray();
        Assert.All(await Task.WhenAll(names.Select(n => cluster.QvmcAsync("launch", n, "--image", "tiny", "--memory", "64M", "--paused"))), l => l.Expect());
        var before = await ProcessesAsync();
        Assert.Equal(Machines, before.Count);

        var binary = Copy();
        foreach (var daemon in new[] { cluster.Gateway, cluster.Controller, cluster.Qemu })
        {
            Assert.Equal(0, await daemon.StopAsync());
            daemon.Binary = binary;
        }

        foreach (var daemon in new[] { cluster.Qemu, cluster.Controller, cluster.Gateway })
        {
            await daemon.StartAsync();
            Assert.StartsWith(Path.GetDirectoryName(binary)!, await File.ReadAllTextAsync($"/proc/{daemon.Pid}/cmdline"), StringComparison.Ordinal);
        }

        await cluster.WaitStateAsync(names[^1], "STATE_PAUSED");
        Assert.Equal(before, await ProcessesAsync());

        // They are driven, not only seen.
        (await cluster.QvmcAsync("resume", names[0])).Expect();
        (await cluster.QvmcAsync("pause", names[0])).Expect();
        (await cluster.QvmcAsync("resume", names[0], "--no-wait")).Expect();
        (await cluster.QvmcAsync(["delete", "--force", .. names])).Expect();
        Assert.Empty(cluster.QemuPids());
    }

    private async Task<Dictionary<string, (int Pid, string Start)>> ProcessesAsync() =>
        (await cluster.QvmcAsync("list", "--format", "json")).Expect().Json.EnumerateArray().ToDictionary(
            i => i.GetProperty("name").GetString()!,
            i => (i.GetProperty("status").GetProperty("pid").GetInt32(), i.GetProperty("status").GetProperty("startTime").GetString()!));

    // What is not native has its parts beside it.
    private string Copy()
    {
        var source = Path.GetDirectoryName(Path.GetFullPath(Binaries.Qvmc))!;
        var target = Directory.CreateDirectory(Path.Combine(cluster.Root, "other")).FullName;
        var parts = File.Exists(Path.Combine(source, "qvmc.dll")) ? Directory.EnumerateFiles(source) : [Binaries.Qvmc];
        foreach (var part in parts)
        {
            Executable.Copy(part, Path.Combine(target, Path.GetFileName(part)));
        }

        return Path.Combine(target, "qvmc");
    }
}

using System.Globalization;
using System.Text;
using Qvmc.EndToEnd.Cluster;
using Xunit.Abstractions;

namespace Qvmc.EndToEnd.Load;

/// <summary>
/// Machines come and go, and nothing stays of them: no process, file, descriptor, thread or record. "make soak N=1000" prints what the
/// daemons have after each tenth.
/// </summary>
public sealed class SoakTests(ITestOutputHelper output) : IAsyncLifetime
{
    // Connections and pools that come and go by themselves.
    private const int Slack = 12;

    private static readonly int s_cycles = int.Parse(Environment.GetEnvironmentVariable("QVMC_SOAK") ?? "50", CultureInfo.InvariantCulture);
    private readonly LoadCluster _cluster = new();

    public Task InitializeAsync() => _cluster.InitializeAsync();

    public Task DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task NothingStaysOfMachinesThatAreGone()
    {
        var table = new StringBuilder("cycles: MiB anonymous, threads, descriptors of qemu, controller, gateway\n");
        await CyclesAsync("warm", 10);
        var (before, keys, files) = (Uses(), await KeysAsync(), Files());
        Row(table, 0);
        const int parts = 10;
        for (var part = 0; part < parts; part++)
        {
            await CyclesAsync($"p{part}-", s_cycles / parts);
            Row(table, (part + 1) * s_cycles / parts);
        }

        output.WriteLine(table.ToString());
        Assert.Empty(await _cluster.ListAsync());
        Assert.Empty(_cluster.QemuPids());
        Assert.Equal(keys, await KeysAsync());
        Assert.Equal(files, Files());
        await SettleAsync(before);
    }

    // Threads that the pool has made on a busy machine end when they have had nothing to do for a while.
    private async Task SettleAsync(DaemonUse[] before)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (before.Zip(Uses()).Any(u => u.Second.Threads > u.First.Threads + Slack || u.Second.Descriptors > u.First.Descriptors + Slack) && !limit.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(500), CancellationToken.None);
        }

        foreach (var (was, now) in before.Zip(Uses()))
        {
            Assert.InRange(now.Descriptors, 1, was.Descriptors + Slack);
            Assert.InRange(now.Threads, 1, was.Threads + Slack);
        }
    }

    private Task CyclesAsync(string prefix, int count) => LoadCluster.EachAsync(Enumerable.Range(0, count).Select(i => $"{prefix}{i}"), async name =>
    {
        await _cluster.LaunchAsync(name);
        await _cluster.StopAsync(name);
        await _cluster.DeleteAsync(name);
    });

    private DaemonUse[] Uses() => [DaemonUse.Of(_cluster.Qemu.Pid), DaemonUse.Of(_cluster.Controller.Pid), DaemonUse.Of(_cluster.Gateway.Pid)];

    private void Row(StringBuilder table, int cycles)
    {
        table.Append(CultureInfo.InvariantCulture, $"{cycles,6}:");
        foreach (var use in Uses())
        {
            table.Append(CultureInfo.InvariantCulture, $" {use.RssKib / 1024.0,7:0.0} {use.Threads,3} {use.Descriptors,4} |");
        }

        table.AppendLine();
    }

    private async Task<string> KeysAsync() =>
        (await CommandResult.RunAsync("sqlite3", $"{_cluster.Root}/controller/store.db", "SELECT key FROM entries ORDER BY key")).Expect().Output;

    // Logs grow, and the store's own files come and go.
    private string[] Files() =>
    [
        .. Directory.EnumerateFileSystemEntries(_cluster.Root, "*", SearchOption.AllDirectories)
            .Where(path => !Path.GetFileName(path).StartsWith("store.db", StringComparison.Ordinal) && Path.GetExtension(path) != ".log").Order(StringComparer.Ordinal),
    ];
}

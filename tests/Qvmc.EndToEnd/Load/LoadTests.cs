using System.Globalization;
using Grpc.Core;
using Qvmc.EndToEnd.Cluster;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;
using Xunit.Abstractions;

namespace Qvmc.EndToEnd.Load;

/// <summary>
/// Many machines on one host: nothing is lost by storms and restarts, and what the daemons hold for each is bounded. "make load N=2000"
/// prints the table.
/// </summary>
public sealed class LoadTests(ITestOutputHelper output) : IAsyncLifetime
{
    // Of the qemu daemon for each machine that runs: the process, the monitor, the console and its file; and what neither has to do with
    // machines.
    private const int DescriptorsPerMachine = 4, DescriptorsBeside = 150, MostThreads = 60;

    private static readonly int s_count = int.Parse(Environment.GetEnvironmentVariable("QVMC_LOAD") ?? "100", CultureInfo.InvariantCulture);
    private readonly LoadCluster _cluster = new();

    public Task InitializeAsync() => _cluster.InitializeAsync();

    public Task DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task ManyMachinesAreKeptThroughStormsAndRestarts()
    {
        var names = Enumerable.Range(1, s_count).Select(i => $"m{i}").ToList();
        var report = new LoadReport(_cluster, s_count);
        try
        {
            await RunAsync(names, report);
        }
        finally
        {
            output.WriteLine(report.ToString());
        }
    }

    private async Task RunAsync(List<string> names, LoadReport report)
    {
        await report.StepAsync("launch", () => LoadCluster.EachAsync(names, _cluster.LaunchAsync));
        var pids = await CheckAsync(report);
        await report.StepAsync("list", _cluster.ListAsync);
        await report.StepAsync("info of each", () => LoadCluster.EachAsync(names, async name => await _cluster.Client.InfoAsync(new InfoRequest { Name = name })));
        await report.StepAsync("watch, all told", () => _cluster.UntilAsync(s_count, _ => true));
        await report.StepAsync("50 watch a storm", () => StormAsync(names));
        pids = await CheckAsync(report);

        await report.StepAsync("qemu killed, started", () => RestartAsync(_cluster.Qemu));
        await report.StepAsync("  all known again", () => _cluster.UntilAsync(s_count, IsRunning));
        Assert.Equal(pids, await CheckAsync(report));
        await report.StepAsync("qemu stopped, started", async () =>
        {
            Assert.Equal(0, await _cluster.Qemu.StopAsync());
            await _cluster.Qemu.StartAsync();
        });
        await report.StepAsync("  all known again", () => _cluster.UntilAsync(s_count, IsRunning));
        Assert.Equal(pids, await CheckAsync(report));
        await report.StepAsync("controller killed, started", () => RestartAsync(_cluster.Controller));
        await report.StepAsync("  all known again", () => _cluster.UntilAsync(s_count, IsRunning));
        Assert.Equal(pids, await CheckAsync(report));
        await report.StepAsync("gateway killed, started", () => RestartAsync(_cluster.Gateway));

        await report.StepAsync("delete", () => LoadCluster.EachAsync(names, _cluster.DeleteAsync));
        Assert.Empty(await _cluster.ListAsync());
        Assert.InRange(report.Latest.Qemu.Descriptors, 1, DescriptorsBeside);
    }

    /// <summary>Every machine is stopped and started, and many watch.</summary>
    private async Task StormAsync(List<string> names)
    {
        using var enough = new CancellationTokenSource();
        var watchers = Enumerable.Range(0, 50).Select(_ => WatchAsync(enough.Token)).ToList();
        await LoadCluster.EachAsync(names, async name =>
        {
            await _cluster.StopAsync(name);
            await _cluster.StartAsync(name);
        });
        await enough.CancelAsync();
        Assert.All(await Task.WhenAll(watchers), told => Assert.True(told >= s_count));
    }

    private async Task<int> WatchAsync(CancellationToken ct)
    {
        var told = 0;
        try
        {
            using var watch = _cluster.Client.Watch(new WatchRequest(), cancellationToken: ct);
            await foreach (var each in watch.ResponseStream.ReadAllAsync(ct))
            {
                told += each.Instance is null ? 0 : 1;
            }
        }
        catch (RpcException) when (ct.IsCancellationRequested)
        {
            // CANCELLED, or what the connection says of a stream that was given up amid a message.
        }

        return told;
    }

    private static async Task RestartAsync(DaemonProcess daemon)
    {
        await daemon.KillAsync();
        await daemon.StartAsync();
    }

    /// <summary>All run, one process each, within bounds; their processes.</summary>
    private async Task<List<int>> CheckAsync(LoadReport report)
    {
        var all = await _cluster.ListAsync();
        Assert.Equal(s_count, all.Count);
        Assert.All(all, instance => Assert.Equal(State.Running, instance.Status.State));
        var pids = all.Select(instance => instance.Status.Pid).Order().ToList();
        Assert.Equal(pids, _cluster.QemuPids().Order());
        Assert.InRange(report.Latest.Qemu.Descriptors, 1, DescriptorsBeside + (DescriptorsPerMachine * s_count));
        Assert.InRange(report.Latest.Controller.Descriptors, 1, DescriptorsBeside);
        Assert.InRange(report.Latest.Qemu.Threads, 1, MostThreads);
        Assert.InRange(report.Latest.Controller.Threads, 1, MostThreads);
        return pids;
    }

    private static bool IsRunning(Instance instance) => instance.Status.State == State.Running;
}

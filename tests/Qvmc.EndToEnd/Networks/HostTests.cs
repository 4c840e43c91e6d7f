using System.Globalization;
using System.Text.RegularExpressions;
using Qvmc.EndToEnd.Cluster;
using Qvmc.Testing.Namespaces;

namespace Qvmc.EndToEnd.Networks;

/// <summary>What networks do to their host: no more than they must, and nothing that stays.</summary>
public sealed partial class HostTests(NetworkCluster cluster) : IClassFixture<NetworkCluster>
{
    private const int Cycles = 200, AtOnce = 8;

    // Sockets of calls that have just ended, and files of the runtime.
    private const int Slack = 6;

    private static readonly TimeSpan SettleLimit = TimeSpan.FromSeconds(60);

    [NamespaceFact]
    public async Task TakenOffTheHostIsAsItWasBefore()
    {
        (await cluster.QvmcAsync("launch", "user", "--image", "tiny", "--memory", "64M", "--paused", "--forward", "0.0.0.0:8100:80")).Expect();
        Assert.NotEqual(cluster.Before, await cluster.LookAsync());
        Assert.Contains("in use by user", (await cluster.QvmcAsync("network", "teardown", "lan")).Errors, StringComparison.Ordinal);
        (await cluster.QvmcAsync("stop", "user", "--force")).Expect();
        (await cluster.QvmcAsync("network", "teardown", "lan")).Expect();
        (await cluster.QvmcAsync("network", "teardown", "wall")).Expect();
        Assert.Equal(cluster.Before, await cluster.LookAsync());
        Assert.Equal(["qvmc"], await ProgramsAsync());

        var address = await cluster.AddressAsync("user");
        (await cluster.QvmcAsync("start", "user", "--no-wait")).Expect();
        await cluster.WaitStateAsync("user", "STATE_RUNNING");
        Assert.Equal(address, await cluster.AddressAsync("user"));
        (await cluster.QvmcAsync("delete", "user", "--force")).Expect();
    }

    [NamespaceFact]
    public async Task FiftyGetAnAddressEachAndTheNextIsRefused()
    {
        var names = Enumerable.Range(1, 50).Select(i => string.Create(CultureInfo.InvariantCulture, $"n{i}")).ToArray();
        foreach (var chunk in names.Chunk(AtOnce))
        {
            Assert.All(await Task.WhenAll(chunk.Select(n => LaunchAsync(n, "--no-start"))), l => l.Expect());
        }

        var addresses = await Task.WhenAll(names.Select(cluster.AddressAsync));
        Assert.Equal(50, addresses.Distinct().Count());
        Assert.All(addresses, a => Assert.InRange(int.Parse(a["10.80.0.".Length..], CultureInfo.InvariantCulture), 10, 59));
        var refused = await LaunchAsync("n51", "--no-start");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("10.80.0.10-10.80.0.59", refused.Errors, StringComparison.Ordinal);
        (await cluster.QvmcAsync("delete", "n7")).Expect();
        (await LaunchAsync("n51", "--no-start")).Expect();
        (await cluster.QvmcAsync(["delete", "--force", "n51", .. names.Where(n => n != "n7")])).Expect();
    }

    [NamespaceFact]
    public async Task TwoHundredMachinesThatCameAndWentHaveLeftNothing()
    {
        await CycleAsync(0, 2 * AtOnce);
        var before = await CountAsync();
        var files = await FilesAsync();
        await CycleAsync(2 * AtOnce, Cycles);
        Assert.Equal(before, await CountAsync());
        using var limit = new CancellationTokenSource(SettleLimit);
        var more = "nothing was looked at";
        while (more.Length > 0)
        {
            Assert.False(limit.IsCancellationRequested, more);
            more = string.Join('\n', (await FilesAsync()).Where(p => p.Value.Count > files[p.Key].Count + Slack)
                .Select(p => $"{p.Key} has {p.Value.Count} files open, {files[p.Key].Count} before: {string.Join(' ', p.Value.Except(files[p.Key]))}"));
        }
    }

    private Task<CommandResult> LaunchAsync(string name, params string[] arguments) =>
        cluster.QvmcAsync(["launch", name, "--image", "tiny", "--memory", "32M", .. arguments]);

    private async Task CycleAsync(int from, int to)
    {
        foreach (var numbers in Enumerable.Range(from, to - from).Chunk(AtOnce))
        {
            var names = numbers.Select(i => string.Create(CultureInfo.InvariantCulture, $"c{i}")).ToArray();
            Assert.All(await Task.WhenAll(names.Select((n, i) => LaunchAsync(n, "--paused", "--forward", $"{9000 + i}:80"))), l => l.Expect());
            (await cluster.QvmcAsync(["delete", "--force", .. names])).Expect();
        }
    }

    // Interfaces, rules, and what the DHCP and DNS server was told.
    private async Task<string> CountAsync() => await cluster.Host.ShellAsync("ls /sys/class/net") + Revision().Replace(await cluster.Host.RunAsync("nft", "-s", "list", "ruleset"), "")
        + string.Concat(Directory.EnumerateFiles(Path.Combine(cluster.Root, "qemu", "networks", "lan"), "*", SearchOption.AllDirectories)
            .Where(f => !f.EndsWith(".log", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(f => $"{f}: {File.ReadAllText(f).Split('\n').Length}\n"));

    // The number of the last change.
    [GeneratedRegex(@"\{ 0x[0-9a-f]+ \}")]
    private static partial Regex Revision();

    private async Task<Dictionary<string, IReadOnlyList<string>>> FilesAsync() =>
        (await cluster.Host.PidsAsync()).Append(cluster.Controller.Pid).ToDictionary(
            pid => $"{File.ReadAllText($"/proc/{pid}/comm").Trim()} {pid}",
            IReadOnlyList<string> (pid) => [.. Directory.GetFiles($"/proc/{pid}/fd").Select(f => $"{Path.GetFileName(f)}={File.ResolveLinkTarget(f, false)?.Name}")]);

    private async Task<IReadOnlyList<string>> ProgramsAsync() =>
        [.. (await cluster.Host.PidsAsync()).Select(pid => File.ReadAllText($"/proc/{pid}/comm").Trim()).Distinct().Order(StringComparer.Ordinal)];
}

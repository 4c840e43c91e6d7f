using System.Diagnostics.Metrics;
using Qvmc.Core.Faults;
using Qvmc.Qemu.Networks.Firewall;
using Qvmc.Testing.Namespaces;

namespace Qvmc.Qemu.Tests.Networks.Firewall;

/// <summary>Rules that others change are put back; ours change as a whole or not at all.</summary>
public sealed class ReapplyTests
{
    [NamespaceTheory]
    [InlineData("flush ruleset")]
    [InlineData("delete table bridge qvmc")]
    [InlineData("flush chain inet qvmc forward")]
    [InlineData("delete element bridge qvmc macs { \"qa\" . 52:54:00:00:80:02 }")]
    [InlineData("insert rule inet qvmc forward accept")]
    public async Task WhatOthersChangeIsPutBack(string change)
    {
        await using var lab = await FirewallLab.CreateAsync();
        await StartAsync(lab);
        var before = await RulesAsync(lab);

        using var counted = new Reapplications();
        await lab.Host.RunAsync("nft", change);
        await counted.NextAsync();
        Assert.Equal(before, await RulesAsync(lab));
        Assert.Null(lab.Firewall.Trouble);
    }

    [NamespaceFact]
    public async Task ASingleRuleThatIsDeletedIsPutBack()
    {
        await using var lab = await FirewallLab.CreateAsync();
        await StartAsync(lab);
        var before = await RulesAsync(lab);

        using var counted = new Reapplications();
        await lab.Host.ShellAsync("nft delete rule inet qvmc input handle $(nft -a list chain inet qvmc input | sed -n 's/.*jump to_host # handle //p')");
        await counted.NextAsync();
        Assert.Equal(before, await RulesAsync(lab));
    }

    [NamespaceFact]
    public async Task RulesThatWereSavedAndRestoredAreOthersChangesToo()
    {
        await using var lab = await FirewallLab.CreateAsync();
        await StartAsync(lab);
        var saved = (await lab.Host.ShellAsync("f=$(mktemp); nft list ruleset >$f; echo $f")).Trim();
        await lab.Firewall.SetPortsAsync([FirewallLab.Port("b")], [], CancellationToken.None);
        var before = await RulesAsync(lab);

        using var counted = new Reapplications();
        await lab.Host.ShellAsync($"{{ echo flush ruleset; cat {saved}; }} | nft -f -; rm {saved}");
        await counted.NextAsync();
        Assert.Equal(before, await RulesAsync(lab));
        Assert.Contains("\"qb\"", before, StringComparison.Ordinal);
    }

    [NamespaceFact]
    public async Task OurOwnChangesAndOthersElsewhereAreLeftAlone()
    {
        await using var lab = await FirewallLab.CreateAsync();
        await StartAsync(lab);
        using var counted = new Reapplications();
        await lab.Firewall.SetPortsAsync([FirewallLab.Port("b")], [], CancellationToken.None);
        await lab.Host.RunAsync("nft", "add table inet theirs; add chain inet theirs input; delete table inet theirs");
        await lab.Firewall.SetPortsAsync([], ["qb"], CancellationToken.None);
        await lab.ProtectAsync();

        // What is heard comes in order: when this is counted, nothing before it was.
        await lab.Host.RunAsync("nft", "delete table inet qvmc");
        await counted.NextAsync();
        Assert.Equal(1, counted.Count);
    }

    [NamespaceFact]
    public async Task ALaunchAfterAFlushThatNobodyHeardSetsAllAnew()
    {
        await using var lab = await FirewallLab.CreateAsync();
        await lab.Firewall.SetNetworksAsync(FirewallLab.Networks, [FirewallLab.Port("a", FirewallLab.Tcp(8080))], CancellationToken.None);
        await lab.Firewall.SetPortsAsync([FirewallLab.Port("b")], [], CancellationToken.None);
        var before = await RulesAsync(lab);
        await lab.Firewall.SetPortsAsync([], ["qb"], CancellationToken.None);

        await lab.Host.RunAsync("nft", "flush ruleset");
        await lab.Firewall.SetPortsAsync([FirewallLab.Port("b")], [], CancellationToken.None);
        Assert.Equal(before, await RulesAsync(lab));
    }

    [NamespaceFact]
    public async Task AListenerThatEndsIsStartedAgainAndWhatItMissedIsPutBack()
    {
        await using var lab = await FirewallLab.CreateAsync();
        await StartAsync(lab);
        var before = await RulesAsync(lab);
        var first = Assert.Single(await lab.Host.PidsAsync());

        await TestNamespace.SignalAsync("KILL", first);
        await WaitAsync(() => Task.FromResult(lab.Firewall.Trouble is { } trouble && trouble.Contains("nft monitor", StringComparison.Ordinal)));
        await lab.Host.RunAsync("nft", "flush ruleset");
        await WaitAsync(async () => await RulesAsync(lab) == before && lab.Firewall.Trouble is null);
        Assert.NotEqual(first, Assert.Single(await lab.Host.PidsAsync()));
    }

    [NamespaceFact]
    public async Task WhoKeepsChangingThemIsNamed()
    {
        await using var lab = await FirewallLab.CreateAsync();
        await StartAsync(lab);
        using var counted = new Reapplications();
        for (var i = 0; i < 5; i++)
        {
            Assert.Null(lab.Firewall.Trouble);
            await lab.Host.RunAsync("nft", "flush chain inet qvmc input");
            await counted.NextAsync();
        }

        await lab.Host.RunAsync("nft", "flush chain inet qvmc input");
        await WaitAsync(() => Task.FromResult(lab.Firewall.Trouble is { } trouble && trouble.Contains("(nft) keeps changing", StringComparison.Ordinal)));
    }

    [NamespaceFact]
    public async Task WithoutNetworksNothingOfOursIsLeftAndOthersIsAsItWas()
    {
        await using var lab = await FirewallLab.CreateAsync();
        await lab.Host.RunAsync("nft", "add table inet theirs; add chain inet theirs input { type filter hook input priority 0; policy drop; }");
        var before = await RulesAsync(lab);
        await StartAsync(lab);
        await lab.Firewall.SetNetworksAsync([], [], CancellationToken.None);
        Assert.Equal(before, await RulesAsync(lab));
        Assert.Empty(await lab.Host.PidsAsync());

        // May be repeated, and before there was ever a network.
        await lab.Firewall.SetNetworksAsync([], [], CancellationToken.None);
        await lab.Firewall.SetPortsAsync([], ["qa"], CancellationToken.None);
        Assert.Equal(before, await RulesAsync(lab));
    }

    [NamespaceFact]
    public async Task WhatIsRefusedChangesNothing()
    {
        await using var lab = await FirewallLab.CreateAsync();
        await StartAsync(lab);
        var before = await RulesAsync(lab);

        var bad = FirewallLab.Port("b") with { Mac = "52:54:00:00:80:zz" };
        await Assert.ThrowsAnyAsync<Exception>(() => lab.Firewall.SetPortsAsync([bad], ["qa"], CancellationToken.None));
        var fault = await Assert.ThrowsAsync<FaultException>(() => lab.Firewall.SetPortsAsync([FirewallLab.Port("b") with { Interface = "q*" }], [], CancellationToken.None));
        Assert.Contains("q*", fault.Message, StringComparison.Ordinal);
        fault = await Assert.ThrowsAsync<FaultException>(() => lab.Firewall.SetPortsAsync([FirewallLab.Port("b") with { Network = "nowhere" }], [], CancellationToken.None));
        Assert.Contains("\"nowhere\"", fault.Message, StringComparison.Ordinal);
        Assert.Equal(before, await RulesAsync(lab));

        // And of two changes only one: the port that is gone is still there, for the other was refused.
        await lab.Firewall.SetPortsAsync([], ["qa"], CancellationToken.None);
        Assert.NotEqual(before, await RulesAsync(lab));
    }

    [NamespaceFact]
    public async Task ManyAtOnceAreFewTransactionsAndEachHearsOfItsOwnFaultOnly()
    {
        await using var lab = await FirewallLab.CreateAsync();
        await StartAsync(lab);
        var numbers = Enumerable.Range(0, 100).ToArray();
        var changes = numbers.Select(i => lab.Firewall.SetPortsAsync([Bad(i) ?? Numbered(i)], [], CancellationToken.None)).ToArray();
        await Task.WhenAll(changes).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        Assert.Equal([10, 20, 30], numbers.Where(i => changes[i].IsFaulted));
        var rules = await RulesAsync(lab);
        Assert.All(numbers, i => Assert.Equal(!changes[i].IsFaulted, rules.Contains($"\"qn{i}\" comment", StringComparison.Ordinal)));
        Assert.Null(lab.Firewall.Trouble);

        FirewallPort? Bad(int i) => i switch
        {
            10 => Numbered(i) with { Network = "nowhere" },
            20 => Numbered(i) with { Forwards = [FirewallLab.Tcp(8080)] },
            30 => Numbered(i) with { Interface = "q*" },
            _ => null,
        };

        static FirewallPort Numbered(int i) => FirewallLab.Port("b") with { Interface = $"qn{i}", Mac = $"52:54:00:00:99:{i:x2}" };
    }

    [NamespaceFact]
    public async Task WhoIsCancelledWhileWaitingChangesNothing()
    {
        await using var lab = await FirewallLab.CreateAsync();
        await StartAsync(lab);
        var before = await RulesAsync(lab);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => lab.Firewall.SetPortsAsync([FirewallLab.Port("b")], [], cancelled.Token));
        await lab.Firewall.SetPortsAsync([], ["never-was"], CancellationToken.None);
        Assert.Equal(before, await RulesAsync(lab));
    }

    [NamespaceFact]
    public async Task TheRulesOutliveTheDaemonAndTheNextOneTakesThemOver()
    {
        await using var lab = await FirewallLab.CreateAsync();
        await StartAsync(lab);
        var before = await RulesAsync(lab);
        await lab.Firewall.DisposeAsync();
        Assert.Equal(before, await RulesAsync(lab));
        Assert.Empty(await lab.Host.PidsAsync());

        await using var next = lab.NewFirewall();
        await next.StartAsync(CancellationToken.None);
        await next.SetNetworksAsync(FirewallLab.Networks, [FirewallLab.Port("a", FirewallLab.Tcp(8080))], CancellationToken.None);
        await next.Listening.WaitAsync(FirewallLab.Limit);
        Assert.Equal(before, await RulesAsync(lab));
        await next.SetPortsAsync([], ["qa"], CancellationToken.None);
        Assert.DoesNotContain("qa", await RulesAsync(lab), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutTheProgramItIsSaidWhatToInstall()
    {
        await using var firewall = new NetFirewall("/nowhere/nft", TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<NetFirewall>.Instance);
        var fault = await Assert.ThrowsAsync<FaultException>(() => firewall.SetNetworksAsync(FirewallLab.Networks, [], CancellationToken.None));
        Assert.Contains("install it (apt install nftables", fault.Message, StringComparison.Ordinal);
        Assert.Equal(fault.Message, firewall.Trouble);
    }

    private static async Task StartAsync(FirewallLab lab)
    {
        await lab.Firewall.StartAsync(CancellationToken.None);
        await lab.Firewall.SetNetworksAsync(FirewallLab.Networks, [FirewallLab.Port("a", FirewallLab.Tcp(8080))], CancellationToken.None);
        await lab.Firewall.Listening.WaitAsync(FirewallLab.Limit);
    }

    // Without what changes with every change: numbers and counts.
    private static async Task<string> RulesAsync(FirewallLab lab) =>
        string.Join('\n', (await lab.Host.RunAsync("nft", "-s", "list", "ruleset")).Split('\n').Where(l => !l.Contains("elements = { 0x", StringComparison.Ordinal)));

    private static async Task WaitAsync(Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(FirewallLab.Limit);
        while (!await holds())
        {
            await Task.Delay(20, limit.Token);
        }
    }

    /// <summary>The metric, as whoever reads metrics sees it. It is the process's: these tests follow one another.</summary>
    private sealed class Reapplications : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly SemaphoreSlim _counted = new(0);
        private int _count;

        internal Reapplications()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument is { Meter.Name: FirewallMetrics.MeterName, Name: "qvmc.firewall.reapplied" })
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((_, _, _, _) =>
            {
                Interlocked.Increment(ref _count);
                _counted.Release();
            });
            _listener.Start();
        }

        internal int Count => Volatile.Read(ref _count);

        internal async Task NextAsync() => Assert.True(await _counted.WaitAsync(FirewallLab.Limit), "nothing was put back");

        public void Dispose() => _listener.Dispose();
    }
}

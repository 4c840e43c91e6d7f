using Microsoft.Extensions.Logging;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Settings.V1;
using Qvmc.Qemu.Networks.Bridge;
using Qvmc.Qemu.Networks.Bridged;
using Qvmc.Qemu.Networks.Links;

namespace Qvmc.Qemu.Networks;

/// <summary>What this host's networks with bridges are made with, and the removal of what is left of those that are gone.</summary>
internal sealed partial class HostNetworks(BridgeHost host, IReadOnlyCollection<string> configured) : IAsyncDisposable
{
    /// <summary>The driver of a network with a bridge.</summary>
    internal INetworkDriver Make(NetworkSettings settings) => settings.KindCase == NetworkSettings.KindOneofCase.Bridge
        ? new BridgeNetworkDriver(settings.Name, settings.Bridge, host)
        : new BridgedNetworkDriver(settings.Name, settings.Bridged, host);

    /// <summary>In words, which machine on a bridge has a port of the host already; null: none.</summary>
    internal string? TakenBy(string uid, PortForward forward) => host.Ports.TakenBy(uid, forward);

    /// <summary>The networks are raised: brings the rules into force, all at once, and removes leftovers.</summary>
    /// <param name="live">Interfaces that machines' processes have.</param>
    /// <param name="isKnown">Whether a machine is of this host's.</param>
    /// <param name="ct">Breaks it off.</param>
    internal async Task StartAsync(IReadOnlyList<NicRequest> live, Func<string, bool> isKnown, CancellationToken ct)
    {
        await TryAsync("the rules of the firewall", () => host.Ports.BeginAsync(ct));
        await TryAsync("interfaces of machines that do not run", () => RemoveTapsAsync([.. live.Select(n => n.Tap)], isKnown, ct));
        foreach (var network in NetworkChoicesFile.Networks(host.Directory).Except(configured))
        {
            await TryAsync($"network \"{network}\", which is not configured any more", () => RemoveNetworkAsync(network, ct));
        }
    }

    /// <summary>Takes away every TAP that a machine without a process may have.</summary>
    internal async Task ReleaseAsync(string uid)
    {
        List<string> taps = [.. Enumerable.Range(1, InstanceLimits.MaxNics).Select(slot => LinkMark.TapName(uid, (uint)slot))];
        await host.Links.DeleteAsync(taps, CancellationToken.None);
        foreach (var tap in taps)
        {
            await host.Ports.RemoveAsync(tap, CancellationToken.None);
        }
    }

    public ValueTask DisposeAsync() => host.Ports.DisposeAsync();

    // Never one that a program has open, and never one of another daemon's: those are of machines that we do not know,
    // on bridges that are not ours.
    private async Task RemoveTapsAsync(HashSet<string> live, Func<string, bool> isKnown, CancellationToken ct)
    {
        var links = await host.Links.ListAsync(ct);
        var bridges = links.Where(l => LinkMark.NetworkOf(l) is { } network && configured.Contains(network)).Select(l => l.Name).ToHashSet();
        List<string> leftovers = [.. links
            .Where(l => LinkMark.MachineOf(l) is { } machine && !live.Contains(l.Name) && !l.HasCarrier && (isKnown(machine.Uid) || bridges.Contains(l.Master)))
            .Select(l => l.Name)];
        await host.Links.DeleteAsync(leftovers, ct);
        foreach (var leftover in leftovers)
        {
            await host.Ports.RemoveAsync(leftover, ct);
            LogRemoved(host.Log, leftover);
        }
    }

    private async Task RemoveNetworkAsync(string network, CancellationToken ct)
    {
        var file = new NetworkChoicesFile(host.Directory, network);
        var choices = file.Load();
        var links = await host.Links.ListAsync(ct);
        var bridge = links.FirstOrDefault(l => l.Name == choices.Bridge && (LinkMark.NetworkOf(l) == network || (l is { Kind: "bridge", Alias: "" } && l.Mac == choices.Mac)));
        if (bridge is null && choices.Bridge.Length == 0)
        {
            return;
        }

        if (bridge is not null && links.Any(l => l.Master == bridge.Name && l.HasCarrier))
        {
            // Machines run on it. The next start of the daemon looks again.
            LogKept(host.Log, network);
            return;
        }

        await using (var dhcp = host.MakeDhcp(network))
        {
            await dhcp.StopAsync(ct);
        }

        await host.Links.DeleteAsync(bridge is null ? [] : [bridge.Name], ct);
        host.Sysctls.Release(network);

        // The name may come back, and its machines with it: their addresses are in the same subnet then.
        file.Save(choices with { Bridge = "", IsDown = false });
        LogRemoved(host.Log, $"network \"{network}\"");
    }

    private async Task TryAsync(string what, Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (Exception e) when (e is FaultException or IOException)
        {
            LogFailed(host.Log, what, e.Message);
        }
    }

    [LoggerMessage(LogLevel.Information, "removed a leftover: {What}")]
    private static partial void LogRemoved(ILogger log, string what);

    [LoggerMessage(LogLevel.Warning, "network \"{Network}\" is not configured any more, but machines that run are on it: it stays until they have stopped and the daemon starts again")]
    private static partial void LogKept(ILogger log, string network);

    [LoggerMessage(LogLevel.Error, "{What}: {Message}")]
    private static partial void LogFailed(ILogger log, string what, string message);
}

using Grpc.Core;
using Qvmc.Cli.Connection;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Network.V1;

namespace Qvmc.Cli.Doctor.Networks;

/// <summary>
/// Networks: how the hosts say they are; and on this host, what stands against those whose bridge is here. A host that
/// has user-mode networks only hears nothing of all this.
/// </summary>
internal static class NetworkChecks
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Looks.</summary>
    public static async Task<IReadOnlyList<Finding>> RunAsync(ControllerConnection connection, CancellationToken cancellationToken)
    {
        var networks = await ListAsync(connection, cancellationToken);
        List<Finding> findings = [.. networks.Select(n => NetworkFinding.Of(n.Network)).OfType<Finding>()];
        if (!OperatingSystem.IsLinux())
        {
            return findings;
        }

        var bridges = Bridges("/sys/class/net", networks.Where(n => n.IsHere).Select(n => n.Network)).ToArray();
        if (bridges.Length == 0 && !networks.Any(n => n.IsHere && n.Network.Kind == NetworkKind.Bridge))
        {
            return findings;
        }

        foreach (var tool in new[] { "nft", "ip", "dnsmasq" })
        {
            findings.Add(await ToolCheck.NetworkAsync(tool, cancellationToken));
        }

        if (bridges.Length > 0)
        {
            findings.AddRange(await RulesAsync(bridges, cancellationToken));
        }

        return findings;
    }

    /// <summary>The bridges of ours that are on this host: those whose mark says so need no daemon that answers.</summary>
    internal static IEnumerable<(string Network, string Bridge, bool Isolated)> Bridges(string interfaces, IEnumerable<Network> networks)
    {
        var told = networks.Where(n => n.Kind == NetworkKind.Bridge).ToArray();
        foreach (var directory in Directory.Exists(interfaces) ? Directory.GetDirectories(interfaces).Order(StringComparer.Ordinal).ToArray() : [])
        {
            const string mark = "qvmc:";
            var alias = Path.Combine(directory, "ifalias");
            if (!Directory.Exists(Path.Combine(directory, "bridge")) || !File.Exists(alias))
            {
                continue;
            }

            var (name, text) = (Path.GetFileName(directory), File.ReadAllText(alias).Trim());
            if (text.StartsWith(mark, StringComparison.Ordinal))
            {
                yield return (text[mark.Length..], name, told.FirstOrDefault(n => n.Bridge == name)?.Isolated ?? false);
            }
        }
    }

    private static async Task<IEnumerable<Finding>> RulesAsync((string Network, string Bridge, bool Isolated)[] bridges, CancellationToken cancellationToken)
    {
        var filter = await HostFilter.ReadAsync(cancellationToken);
        List<Finding> findings = [.. bridges.SelectMany(b => FilterCheck.Of(filter.Chains, b.Network, b.Bridge, b.Isolated))];
        if (filter.Unseen.Length > 0)
        {
            findings.Add(new Finding("firewall", Outcome.Warn, $"this host's rules could not all be seen ({filter.Unseen}), so nobody knows whether they let machines through", "sudo qvmc doctor"));
        }
        else if (findings.Count == 0)
        {
            findings.Add(Finding.Ok("firewall", $"no rules of others stand against {string.Join(", ", bridges.Select(b => b.Bridge))}"));
        }

        if (bridges.Any(b => !b.Isolated) && await File.ReadAllTextAsync("/proc/sys/net/ipv4/ip_forward", cancellationToken) is ['0', ..])
        {
            findings.Add(new Finding("routing", Outcome.Warn, "this host forwards nothing (net.ipv4.ip_forward is 0), so machines do not reach the outside", "sudo sysctl -w net.ipv4.ip_forward=1"));
        }

        return findings;
    }

    // Whatever is wrong with the controller, or with what it reaches, others tell.
    private static async Task<IReadOnlyList<(Network Network, bool IsHere)>> ListAsync(ControllerConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            var nodes = await connection.Instances.ListNodesAsync(new ListNodesRequest(), Limits.In(Limit, cancellationToken));
            var here = nodes.Nodes.Where(n => n.Address.StartsWith("unix:", StringComparison.Ordinal) || (Uri.TryCreate(n.Address, UriKind.Absolute, out var address) && address.IsLoopback))
                .Select(n => n.Name).ToHashSet(StringComparer.Ordinal);
            var networks = await connection.Networks.ListNetworksAsync(new ListNetworksRequest(), Limits.In(Limit, cancellationToken));
            return [.. networks.Networks.Select(n => (n, here.Contains(n.Node)))];
        }
        catch (RpcException e) when (connection.FaultOf(e) is not null)
        {
            return [];
        }
    }
}

using Grpc.Core;
using Qvmc.Controller.Instances;
using Qvmc.Controller.Networks;
using Qvmc.Controller.Nodes;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Hosting.Faults;
using Qvmc.Protos.Network.V1;
using Qemu = Qvmc.Protos.Qemu.V1;

namespace Qvmc.Controller.Verbs;

/// <summary>Tells of the hosts' networks, and has them taken down.</summary>
internal sealed class NetworkVerbs(InstanceTable table, NodeSessions nodes, NetworkViews views)
{
    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan TeardownLimit = TimeSpan.FromSeconds(30);

    /// <summary>The networks of every host, or of one: as it says they are now, or as they were last known.</summary>
    public async Task<ListNetworksResponse> ListAsync(ListNetworksRequest request, CancellationToken ct)
    {
        var asked = Sessions(request.Node);
        var faults = await Task.WhenAll(asked.Select(s => AskAsync(s, ct)));
        var response = new ListNetworksResponse { Networks = { asked.SelectMany(s => views.Of(s.Name)) } };
        response.Unreachable.Add(asked.Zip(faults).Where(a => a.Second is not null).Select(a => $"{a.First.Name}: {a.Second}"));
        return response;
    }

    /// <summary>One network.</summary>
    public async Task<GetNetworkResponse> GetAsync(GetNetworkRequest request, CancellationToken ct)
    {
        var (session, _) = await FindAsync(request.Name, request.Node, ct);
        return new GetNetworkResponse { Network = View(session, request.Name) };
    }

    /// <summary>Has a network taken off its host.</summary>
    public async Task<TeardownNetworkResponse> TeardownAsync(TeardownNetworkRequest request, CancellationToken ct)
    {
        var (session, _) = await FindAsync(request.Name, request.Node, ct);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(TeardownLimit);
        try
        {
            await session.ReachAsync(patience.Token);
            await session.Client.TeardownNetworkAsync(
                new Qemu.TeardownNetworkRequest { Name = request.Name }, deadline: DateTime.UtcNow + TeardownLimit, cancellationToken: ct);
            await session.AskNetworksAsync(AskLimit, ct);
        }
        catch (RpcException e) when (!ct.IsCancellationRequested)
        {
            throw FaultStatus.FromRpc(e);
        }

        return new TeardownNetworkResponse { Network = View(session, request.Name) };
    }

    // Why the host could not be asked; null: it was.
    private async Task<string?> AskAsync(NodeSession session, CancellationToken ct)
    {
        var link = await session.TryReachAsync(AskLimit, ct);
        if (!link.Reachable)
        {
            return link.Message;
        }

        try
        {
            await session.AskNetworksAsync(AskLimit, ct);
            return null;
        }
        catch (RpcException e) when (!ct.IsCancellationRequested)
        {
            return FaultStatus.FromRpc(e).Message;
        }
    }

    private async Task<(NodeSession Session, string? Trouble)> FindAsync(string name, string node, CancellationToken ct)
    {
        FaultException.ThrowIfAny(name.Length == 0 ? [new FieldFault("name", "is missing: give the network's name")] : []);
        var asked = Sessions(node);
        var troubles = await Task.WhenAll(asked.Select(s => AskAsync(s, ct)));
        var known = asked.Zip(troubles).Select(a => (Session: a.First, Trouble: a.Second, Names: Names(a.First))).ToList();
        var found = known.Where(k => k.Names.Contains(name)).ToList();
        return found.Count switch
        {
            1 => (found[0].Session, found[0].Trouble),
            0 => throw Missing(name, [.. known.SelectMany(k => k.Names).Distinct()], [.. troubles.OfType<string>()]),
            _ => throw FaultException.Invalid([new FieldFault("node", $"is missing: hosts {Shown.Some([.. found.Select(f => f.Session.Name)])} have a network {Shown.Quote(name)} each; say which")]),
        };
    }

    private List<NodeSession> Sessions(string node)
    {
        if (node.Length == 0)
        {
            return [.. nodes.All];
        }

        return nodes.Find(node) is { } session
            ? [session]
            : throw new FaultException(FaultCode.NotFound, $"there is no host {Shown.Quote(node)}: the hosts are {Shown.Some([.. nodes.All.Select(s => s.Name)])}");
    }

    private Network View(NodeSession session, string name) =>
        views.Of(session.Name).FirstOrDefault(n => n.Name == name) ?? throw Missing(name, Names(session), []);

    private List<string> Names(NodeSession session) => [.. (table.Networks(session.Name) ?? []).Select(n => n.Name)];

    private static FaultException Missing(string name, IReadOnlyCollection<string> names, IReadOnlyCollection<string> troubles)
    {
        var near = NearestName.Find(name, names) is { } nearest ? $"; did you mean {Shown.Quote(nearest)}?" : "";
        var rest = troubles.Count == 0 ? "" : $" ({string.Join("; ", troubles)})";
        return new FaultException(
            FaultCode.NotFound, $"there is no network {Shown.Quote(name)}: {(names.Count == 0 ? "none is known" : $"there are {Shown.Some(names)}")}{rest}{near}");
    }
}

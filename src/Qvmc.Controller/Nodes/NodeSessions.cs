using Qvmc.Controller.Instances;
using Qvmc.Core.Faults;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Nodes;

/// <summary>The hosts of the configuration.</summary>
internal sealed class NodeSessions(IReadOnlyList<NodeSession> sessions, InstanceTable table) : IDisposable
{
    /// <summary>Every host by name.</summary>
    public IReadOnlyList<NodeSession> All { get; } = [.. sessions.OrderBy(s => s.Name, StringComparer.Ordinal)];

    /// <summary>A host, or null when the configuration has it no more.</summary>
    public NodeSession? Find(string name) => All.FirstOrDefault(s => s.Name == name);

    /// <summary>The host of an instance, or UNAVAILABLE when the configuration has it no more.</summary>
    public NodeSession Of(InstanceState state) => Find(state.Record.Node)
        ?? throw new FaultException(FaultCode.Unavailable, table.Link(state.Record.Node).Message);

    /// <summary>
    /// The hosts in the order that a new instance wants them: the reachable ones before the others, which will take it up
    /// when they can; among them those with the least memory promised first.
    /// </summary>
    /// <param name="arriving">Instances that are being stored.</param>
    public IReadOnlyList<string> ByRoom(IEnumerable<InstanceRecord> arriving)
    {
        var coming = arriving.ToLookup(r => r.Node, r => (long)r.Instance.Spec.MemoryMib);
        return [.. All
            .OrderByDescending(s => table.Link(s.Name).Reachable)
            .ThenBy(s => table.Memory(s.Name).OfAll + coming[s.Name].Sum())
            .ThenBy(s => s.Name, StringComparer.Ordinal)
            .Select(s => s.Name)];
    }

    /// <summary>Asks hosts that were not asked of late for their networks and what they have left; those that don't answer are left as they are known.</summary>
    /// <param name="node">Which; null: all.</param>
    /// <param name="ct">Gives up.</param>
    public Task RefreshAsync(string? node, CancellationToken ct) =>
        Task.WhenAll(All.Where(s => node is null || s.Name == node).Select(s => s.RefreshAsync(ct)));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var session in All)
        {
            session.Dispose();
        }
    }
}

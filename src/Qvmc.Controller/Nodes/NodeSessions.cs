using Qvmc.Controller.Instances;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Nodes;

/// <summary>The hosts of the configuration.</summary>
internal sealed class NodeSessions(IReadOnlyList<NodeSession> sessions, InstanceTable table) : IDisposable
{
    /// <summary>Every host by name.</summary>
    public IReadOnlyList<NodeSession> All { get; } = [.. sessions.OrderBy(s => s.Name, StringComparer.Ordinal)];

    /// <summary>A host, or null when the configuration has it no more.</summary>
    public NodeSession? Find(string name) => All.FirstOrDefault(s => s.Name == name);

    /// <summary>The host of an instance, or UNAVAILABLE when it can't be reached.</summary>
    public NodeSession Reach(InstanceState state)
    {
        var link = table.Link(state.Record.Node);
        return link.Reachable && Find(state.Record.Node) is { } session
            ? session
            : throw new FaultException(FaultCode.Unavailable, $"instance {Shown.Quote(state.Name)}: {link.Message}");
    }

    /// <summary>
    /// Where a new instance goes: the reachable host with the least memory promised; when none can be reached, the
    /// one with the least of all, which will take it up when it can.
    /// </summary>
    public string Place(IEnumerable<InstanceRecord> records)
    {
        var promised = records.GroupBy(r => r.Node).ToDictionary(g => g.Key, g => g.Sum(r => (long)r.Instance.Spec.MemoryMib));
        return All
            .OrderByDescending(s => table.Link(s.Name).Reachable)
            .ThenBy(s => promised.GetValueOrDefault(s.Name))
            .ThenBy(s => s.Name, StringComparer.Ordinal)
            .First().Name;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var session in All)
        {
            session.Dispose();
        }
    }
}

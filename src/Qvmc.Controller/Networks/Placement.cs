using Qvmc.Controller.Instances;
using Qvmc.Controller.Nodes;
using Qvmc.Core.Faults;
using Qvmc.Core.Networks;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Networks;

/// <summary>Which hosts a new instance can go to.</summary>
internal sealed class Placement(NodeSessions nodes, InstanceTable table)
{
    /// <summary>The hosts that can take a spec, the best first; when none can, what keeps it from the one that comes nearest.</summary>
    /// <param name="spec">As asked for; may be null.</param>
    /// <param name="arriving">Instances that are being stored.</param>
    public (IReadOnlyList<string> Nodes, IReadOnlyList<FieldFault> Faults) Choose(InstanceSpec? spec, IEnumerable<InstanceRecord> arriving)
    {
        var judged = nodes.ByRoom(arriving)
            .Select(node => (Node: node, Faults: HostNetworks.Check(spec ?? new InstanceSpec(), table.Networks(node), node).ToList()))
            .OrderBy(host => host.Faults.Count)
            .ToList();
        return ([.. judged.Where(host => host.Faults.Count == 0).Select(host => host.Node)], judged[0].Faults.Count == 0 ? [] : judged[0].Faults);
    }
}

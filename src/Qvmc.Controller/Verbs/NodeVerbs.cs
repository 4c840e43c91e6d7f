using Grpc.Core;
using Qvmc.Controller.Instances;
using Qvmc.Controller.Nodes;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Controller.Verbs;

/// <summary>Lists hosts.</summary>
internal sealed class NodeVerbs(InstanceTable table, NodeSessions nodes)
{
    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(2);

    /// <summary>Every host: as it says it is now, or as it last said.</summary>
    public async Task<ListNodesResponse> ListAsync(CancellationToken ct)
    {
        var described = await Task.WhenAll(nodes.All.Select(n => DescribeAsync(n, ct)));
        return new ListNodesResponse { Nodes = { described } };
    }

    private async Task<Node> DescribeAsync(NodeSession session, CancellationToken ct)
    {
        var link = await session.TryReachAsync(AskLimit, ct);
        var host = session.Host;
        if (link.Reachable)
        {
            try
            {
                host = await session.AskHostAsync(AskLimit, ct);
            }
            catch (RpcException) when (!ct.IsCancellationRequested)
            {
                // Just lost, or slow: what it last said is the best there is.
            }
        }

        return new Node
        {
            Name = session.Name,
            Address = session.Address,
            Reachable = link.Reachable,
            Message = link.Message,
            Version = host?.Version ?? "",
            QemuVersion = host?.QemuVersion ?? "",
            Accelerator = host?.Accelerator ?? Protos.Instance.V1.Accelerator.Unspecified,
            AcceleratorReason = host?.AcceleratorReason ?? "",
            Cpus = host?.Cpus ?? 0,
            MemoryMib = host?.MemoryMib ?? 0,
            DiskFreeMib = host?.DiskFreeMib ?? 0,
            Instances = (uint)table.All.Values.Count(s => s.Record.Node == session.Name),
        };
    }
}

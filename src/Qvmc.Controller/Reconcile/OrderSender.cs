using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Qvmc.Controller.Instances;
using Qvmc.Controller.Nodes;
using Qvmc.Core.Drills;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Hosting.Faults;
using Qvmc.Protos.Qemu.V1;

namespace Qvmc.Controller.Reconcile;

/// <summary>
/// Sends orders and removals to hosts. What a call answers about the machine is left aside: the watch says it too, in
/// order, and an answer that comes late would put back what the watch has already told.
/// </summary>
internal sealed partial class OrderSender(InstanceTable table, TimeProvider time, ILogger<OrderSender> log)
{
    private static readonly TimeSpan EnsureLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RemoveLimit = TimeSpan.FromMinutes(2);

    /// <summary>Sends what the record wants; returns why the host did not take it, or null.</summary>
    public async Task<OrderTrouble?> SendAsync(NodeSession node, InstanceState state, CancellationToken ct)
    {
        await node.Slots.WaitAsync(ct);
        try
        {
            if (state.Record.Instance.DeleteTime is null)
            {
                FaultPoint.Reach(FaultStep.OrderDue);
                await node.Client.EnsureAsync(
                    new EnsureRequest { Order = Desire.Order(state.Record) }, deadline: DateTime.UtcNow + EnsureLimit, cancellationToken: ct);
                FaultPoint.Reach(FaultStep.OrderTaken);
                Ordered(state.Name, state.Uid, state.Generation, node.Name);
            }
            else
            {
                FaultPoint.Reach(FaultStep.RemovalDue);
                await node.Client.RemoveAsync(
                    new RemoveRequest { Uid = state.Uid, Force = state.Record.DeleteForce }, deadline: DateTime.UtcNow + RemoveLimit, cancellationToken: ct);
                FaultPoint.Reach(FaultStep.RemovalTaken);
                Removed(state.Name, state.Uid, node.Name);
                table.MarkRemoved(state.Name, state.Uid);
            }

            return null;
        }
        catch (RpcException e) when (!ct.IsCancellationRequested)
        {
            var fault = FaultStatus.FromRpc(e);
            Troubled(state.Name, state.Uid, state.Generation, node.Name, fault.Message);
            return new OrderTrouble(state.Generation, IsRefusal(fault.Code), $"Host{fault.Code}", $"host {Shown.Quote(node.Name)}: {fault.Message}", time.GetUtcNow().ToTimestamp());
        }
        finally
        {
            node.Slots.Release();
        }
    }

    // Whether the order is at fault, and not the way to the host or what is going on there.
    private static bool IsRefusal(FaultCode code) => code switch
    {
        FaultCode.InvalidArgument or FaultCode.FailedPrecondition or FaultCode.NotFound or FaultCode.AlreadyExists
            or FaultCode.PermissionDenied or FaultCode.Unsupported or FaultCode.ResourceExhausted => true,
        FaultCode.Unavailable or FaultCode.Timeout or FaultCode.Stale or FaultCode.Internal => false,
    };

    [LoggerMessage(Level = LogLevel.Debug, Message = "ordered {Name} ({Uid}) generation {Generation} on {Node}")]
    private partial void Ordered(string name, string uid, uint generation, string node);

    [LoggerMessage(Level = LogLevel.Information, Message = "removed {Name} ({Uid}) from {Node}")]
    private partial void Removed(string name, string uid, string node);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Name} ({Uid}) generation {Generation}: host {Node} did not take the order: {Reason}")]
    private partial void Troubled(string name, string uid, uint generation, string node, string reason);
}

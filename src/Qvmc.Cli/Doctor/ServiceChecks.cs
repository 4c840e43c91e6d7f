using Grpc.Core;
using Qvmc.Cli.Connection;
using Qvmc.Core.Faults;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Cli.Doctor;

/// <summary>Whether the controller answers, and reaches its hosts.</summary>
internal static class ServiceChecks
{
    private const string Controller = "controller";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Asks. A controller that is simply not running is no fault: doctor is asked before the first start.</summary>
    public static async Task<IReadOnlyList<Finding>> RunAsync(ControllerConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            var nodes = await connection.Instances.ListNodesAsync(new ListNodesRequest(), Limits.In(Limit, cancellationToken));
            return [Finding.Ok(Controller, $"answers at {connection.Address}"), .. nodes.Nodes.Select(Of)];
        }
        catch (RpcException e) when (connection.FaultOf(e) is { } fault)
        {
            return fault.Code == FaultCode.Unavailable && ControllerConnection.IsRefused(e)
                ? [new Finding(Controller, Outcome.Warn, fault.Message.Split(';')[0], "qvmc up")]
                : [new Finding(Controller, Outcome.Fail, fault.Message, "qvmc list")];
        }
    }

    private static Finding Of(Node node)
    {
        var check = $"host {node.Name}";
        if (!node.Reachable)
        {
            return new Finding(check, Outcome.Fail, $"can't be reached at {node.Address}: {node.Message}", "start \"qvmc qemu\" there, or see its log");
        }

        return node.QemuVersion.Length == 0
            ? new Finding(check, Outcome.Fail, "has no QEMU that runs", "qvmc doctor, on that host")
            : Finding.Ok(check, $"QEMU {node.QemuVersion}, {node.Accelerator.ToString().ToUpperInvariant()}, {node.Instances} instances");
    }
}

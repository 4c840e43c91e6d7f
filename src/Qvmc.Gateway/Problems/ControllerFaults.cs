using Google.Rpc;
using Grpc.Core;
using Qvmc.Core.Faults;
using Qvmc.Hosting.Faults;

namespace Qvmc.Gateway.Problems;

/// <summary>What a call to the controller failed with, seen from our client.</summary>
internal static class ControllerFaults
{
    /// <summary>
    /// The fault. Those of the way to the controller are told from the controller's own, whose texts are for users:
    /// the others' are about sockets.
    /// </summary>
    public static FaultException Of(RpcException e)
    {
        if (e.GetRpcStatus()?.GetDetail<ErrorInfo>() is not null)
        {
            return FaultStatus.FromRpc(e);
        }
        var lost = e.StatusCode is StatusCode.Unavailable or StatusCode.Cancelled || e.Status.DebugException is HttpRequestException or IOException;
        return lost
            ? new FaultException(FaultCode.Unavailable, "the controller can't be reached now; see that it runs, then try again", inner: e)
            : FaultStatus.FromRpc(e);
    }
}

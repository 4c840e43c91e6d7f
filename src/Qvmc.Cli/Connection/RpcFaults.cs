using Grpc.Core;
using Qvmc.Core.Faults;

namespace Qvmc.Cli.Connection;

internal static class RpcFaults
{
    public static FaultException From(RpcException rpc) => new(
        rpc.StatusCode switch
        {
            StatusCode.InvalidArgument or StatusCode.OutOfRange => FaultCode.InvalidArgument,
            StatusCode.NotFound => FaultCode.NotFound,
            StatusCode.AlreadyExists => FaultCode.AlreadyExists,
            StatusCode.FailedPrecondition => FaultCode.FailedPrecondition,
            StatusCode.Aborted => FaultCode.Stale,
            StatusCode.ResourceExhausted => FaultCode.ResourceExhausted,
            StatusCode.DeadlineExceeded => FaultCode.Timeout,
            StatusCode.Unavailable => FaultCode.Unavailable,
            StatusCode.PermissionDenied or StatusCode.Unauthenticated => FaultCode.PermissionDenied,
            StatusCode.Unimplemented => FaultCode.Unsupported,
            _ => FaultCode.Internal,
        },
        rpc.Status.Detail,
        inner: rpc);
}

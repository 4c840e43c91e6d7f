using System.Text;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Qvmc.Core.Faults;
using Enum = System.Enum;

namespace Qvmc.Hosting.Faults;

/// <summary>
/// Faults as gRPC and HTTP say them: the one place where the codes meet. Over gRPC the status carries
/// google.rpc.ErrorInfo (reason: the fault's code, domain "qvmc"), google.rpc.BadRequest (the fields) and
/// google.rpc.RetryInfo (when to ask again).
/// </summary>
public static class FaultStatus
{
    /// <summary>Domain of ErrorInfo.</summary>
    public const string Domain = "qvmc";

    // A status travels in trailers, and clients refuse trailers that are too large (gRPC in C: from 8 KiB on).
    private const int MaxMessageBytes = 1536;
    private const int MaxFieldBytes = 3072;

    /// <summary>A fault as gRPC says it. Of very many or long field faults it carries the first.</summary>
    public static RpcException ToRpc(FaultException fault)
    {
        var status = new Google.Rpc.Status
        {
            Code = (int)ToGrpc(fault.Code),
            Message = Cut(fault.Message, MaxMessageBytes),
            Details = { Any.Pack(new ErrorInfo { Reason = fault.Code.ToString(), Domain = Domain }) },
        };
        if (fault.Fields.Count > 0)
        {
            status.Details.Add(Any.Pack(ToBadRequest(fault.Fields)));
        }
        if (fault.RetryAfter is { } delay)
        {
            status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = delay.ToDuration() }));
        }
        return status.ToRpcException();
    }

    /// <summary>What a call failed with, as a fault.</summary>
    public static FaultException FromRpc(RpcException exception)
    {
        var status = exception.GetRpcStatus();
        var info = status?.GetDetail<ErrorInfo>();
        var code = info?.Domain == Domain && Enum.TryParse<FaultCode>(info.Reason, out var named) && Enum.IsDefined(named)
            ? named
            : FromGrpc(exception.StatusCode);
        var fields = status?.GetDetail<BadRequest>()?.FieldViolations.Select(v => new FieldFault(v.Field, v.Description)).ToList();
        return new FaultException(code, exception.Status.Detail, fields, exception) { RetryAfter = status?.GetDetail<RetryInfo>()?.RetryDelay?.ToTimeSpan() };
    }

    /// <summary>The gRPC status of a fault.</summary>
    public static StatusCode ToGrpc(FaultCode code) => code switch
    {
        FaultCode.Internal => StatusCode.Internal,
        FaultCode.InvalidArgument => StatusCode.InvalidArgument,
        FaultCode.NotFound => StatusCode.NotFound,
        FaultCode.AlreadyExists => StatusCode.AlreadyExists,
        FaultCode.FailedPrecondition => StatusCode.FailedPrecondition,
        FaultCode.Stale => StatusCode.Aborted,
        FaultCode.ResourceExhausted => StatusCode.ResourceExhausted,
        FaultCode.Timeout => StatusCode.DeadlineExceeded,
        FaultCode.Unavailable => StatusCode.Unavailable,
        FaultCode.PermissionDenied => StatusCode.PermissionDenied,
        FaultCode.Unsupported => StatusCode.Unimplemented,
    };

    /// <summary>The HTTP status of a fault.</summary>
    public static int ToHttp(FaultCode code) => code switch
    {
        FaultCode.Internal => 500,
        FaultCode.InvalidArgument => 400,
        FaultCode.NotFound => 404,
        FaultCode.AlreadyExists => 409,
        FaultCode.FailedPrecondition => 409,
        FaultCode.Stale => 412,
        FaultCode.ResourceExhausted => 429,
        FaultCode.Timeout => 504,
        FaultCode.Unavailable => 503,
        FaultCode.PermissionDenied => 403,
        FaultCode.Unsupported => 501,
    };

    // A call of ours that somebody cancelled on the other side is one that can be made again.
    private static FaultCode FromGrpc(StatusCode code) => code switch
    {
        StatusCode.InvalidArgument or StatusCode.OutOfRange => FaultCode.InvalidArgument,
        StatusCode.NotFound => FaultCode.NotFound,
        StatusCode.AlreadyExists => FaultCode.AlreadyExists,
        StatusCode.FailedPrecondition => FaultCode.FailedPrecondition,
        StatusCode.Aborted => FaultCode.Stale,
        StatusCode.ResourceExhausted => FaultCode.ResourceExhausted,
        StatusCode.DeadlineExceeded => FaultCode.Timeout,
        StatusCode.Unavailable or StatusCode.Cancelled => FaultCode.Unavailable,
        StatusCode.PermissionDenied or StatusCode.Unauthenticated => FaultCode.PermissionDenied,
        StatusCode.Unimplemented => FaultCode.Unsupported,
        _ => FaultCode.Internal,
    };

    private static BadRequest ToBadRequest(IReadOnlyList<FieldFault> fields)
    {
        var request = new BadRequest();
        var room = MaxFieldBytes;
        foreach (var field in fields)
        {
            var violation = new BadRequest.Types.FieldViolation { Field = Cut(field.Field, 256), Description = Cut(field.Message, 512) };
            room -= violation.CalculateSize() + 4;
            if (room < 0)
            {
                break;
            }
            request.FieldViolations.Add(violation);
        }
        return request;
    }

    private static string Cut(string text, int maxBytes)
    {
        if (Encoding.UTF8.GetByteCount(text) <= maxBytes)
        {
            return text;
        }
        var cut = new StringBuilder();
        var room = maxBytes - 3;
        foreach (var rune in text.EnumerateRunes().TakeWhile(rune => (room -= rune.Utf8SequenceLength) >= 0))
        {
            cut.Append(rune.ToString());
        }
        return cut.Append('…').ToString();
    }
}

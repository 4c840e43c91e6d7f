namespace Qvmc.Core.Faults;

/// <summary>
/// The closed set of ways a request can fail. Each has one gRPC status and one HTTP status, mapped in
/// Qvmc.Hosting and nowhere else.
/// </summary>
public enum FaultCode
{
    /// <summary>A defect of ours. gRPC INTERNAL, HTTP 500.</summary>
    Internal,

    /// <summary>A field is missing, malformed or out of range. INVALID_ARGUMENT, 400.</summary>
    InvalidArgument,

    /// <summary>No such thing. NOT_FOUND, 404.</summary>
    NotFound,

    /// <summary>The name is taken. ALREADY_EXISTS, 409.</summary>
    AlreadyExists,

    /// <summary>Not in the present state; the message says what would change that. FAILED_PRECONDITION, 409.</summary>
    FailedPrecondition,

    /// <summary>Somebody else's write came between: read again and retry. ABORTED, 412.</summary>
    Stale,

    /// <summary>A limit is reached. RESOURCE_EXHAUSTED, 429.</summary>
    ResourceExhausted,

    /// <summary>The time ran out; nothing was harmed. DEADLINE_EXCEEDED, 504.</summary>
    Timeout,

    /// <summary>The other side can't be reached now. UNAVAILABLE, 503.</summary>
    Unavailable,

    /// <summary>Not allowed. PERMISSION_DENIED, 403.</summary>
    PermissionDenied,

    /// <summary>Not offered here. UNIMPLEMENTED, 501.</summary>
    Unsupported,
}

using Microsoft.AspNetCore.Http;
using Qvmc.Core.Faults;

namespace Qvmc.Gateway.Problems;

/// <summary>The kinds of problems: one for each code of a fault, and those that only HTTP knows.</summary>
internal static class ProblemKinds
{
    public static (string Kind, string Title) Of(FaultCode code) => code switch
    {
        FaultCode.Internal => ("internal", "Internal error"),
        FaultCode.InvalidArgument => ("invalid-argument", "Invalid request"),
        FaultCode.NotFound => ("not-found", "Not found"),
        FaultCode.AlreadyExists => ("already-exists", "Already exists"),
        FaultCode.FailedPrecondition => ("failed-precondition", "Not in the present state"),
        FaultCode.Stale => ("stale", "Changed by somebody else"),
        FaultCode.ResourceExhausted => ("resource-exhausted", "A limit is reached"),
        FaultCode.Timeout => ("timeout", "Out of time"),
        FaultCode.Unavailable => ("unavailable", "Not available now"),
        FaultCode.PermissionDenied => ("permission-denied", "Not allowed"),
        FaultCode.Unsupported => ("unsupported", "Not offered here"),
    };

    public static Problem NoSuchPath(string path) =>
        new(StatusCodes.Status404NotFound, "no-such-path", "No such path", $"there is no {path}; /openapi.json lists what there is");

    public static Problem MethodNotAllowed(string method, string path, string allowed) =>
        new(StatusCodes.Status405MethodNotAllowed, "method-not-allowed", "Method not allowed", $"{path} has no {method}; it has {allowed}");

    public static Problem NotAcceptable(string accept) =>
        new(StatusCodes.Status406NotAcceptable, "not-acceptable", "Not acceptable", $"this is answered as text/event-stream or application/x-ndjson; the request accepts \"{accept}\"");

    public static Problem TooLarge(string detail) =>
        new(StatusCodes.Status413PayloadTooLarge, "too-large", "Too large", detail);

    public static Problem WrongMediaType(string detail) =>
        new(StatusCodes.Status415UnsupportedMediaType, "unsupported-media-type", "Unsupported media type", detail);

    public static Problem NoSuchRange(string range, long size) =>
        new(StatusCodes.Status416RangeNotSatisfiable, "no-such-range", "No such range", $"the request asks for \"{range}\" of {size} bytes");

    public static Problem ForeignOrigin(string origin) =>
        new(StatusCodes.Status403Forbidden, "foreign-origin", "Foreign origin", $"scripts of \"{origin}\" may not ask here; the gateway's allowed_origins names those that may");

    public static Problem Misdirected(string host) =>
        new(StatusCodes.Status421MisdirectedRequest, "misdirected", "Misdirected request", $"\"{host}\" is not a name of this gateway; ask for localhost, or name it in allowed_origins");

    /// <summary>What the server itself refused, such as a body that breaks off.</summary>
    public static Problem Refused(BadHttpRequestException e) => e.StatusCode == StatusCodes.Status413PayloadTooLarge
        ? TooLarge("the body is larger than the gateway takes")
        : new(e.StatusCode, "bad-request", "Bad request", e.Message);
}

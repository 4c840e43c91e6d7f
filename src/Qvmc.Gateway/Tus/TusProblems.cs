using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Qvmc.Core.Faults;
using Qvmc.Gateway.Problems;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Gateway.Tus;

/// <summary>Problems as tus numbers them, with the headers named that brought the fields.</summary>
internal static class TusProblems
{
    /// <summary>What the controller refused.</summary>
    public static ProblemException Of(RpcException e)
    {
        var fault = ControllerFaults.Of(e);
        var problem = Problem.Of(fault) with { Errors = [.. fault.Fields.Select(field => field with { Field = HeaderOf(field.Field) })] };
        // The offset is not the one that the request says.
        return new ProblemException(fault.Code == FaultCode.Stale ? problem with { Status = StatusCodes.Status409Conflict } : problem);
    }

    public static ProblemException WrongVersion(string given) => new(new Problem(
        StatusCodes.Status412PreconditionFailed, "wrong-version", "Wrong version of the protocol",
        given.Length == 0
            ? $"the request wants the header {TusHeaders.Resumable}: {TusHeaders.Protocol}"
            : $"the request speaks tus \"{given}\"; this speaks {TusHeaders.Protocol}"));

    public static ProblemException WrongMediaType(string? given) =>
        new(ProblemKinds.WrongMediaType($"an upload's bytes must be {TusHeaders.BytesType}; the request says \"{given}\""));

    private static string HeaderOf(string field)
    {
        const string header = "header.";
        var name = field.StartsWith(header, StringComparison.Ordinal) ? field[header.Length..] : field;
        return name switch
        {
            "size_bytes" => TusHeaders.Length,
            "place.offset" => TusHeaders.Offset,
            "place.id" => "id",
            _ => UploadHeader.Descriptor.FindFieldByName(name) is null ? field : name,
        };
    }
}

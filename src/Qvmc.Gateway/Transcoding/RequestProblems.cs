using Grpc.Core;
using Qvmc.Core.Json;
using Qvmc.Gateway.Problems;

namespace Qvmc.Gateway.Transcoding;

/// <summary>What the controller refused, with the fields named as the request spelled them.</summary>
internal static class RequestProblems
{
    public static Problem Of(RpcException e, ProtoJsonResult request)
    {
        var fault = ControllerFaults.Of(e);
        return Problem.Of(fault) with { Errors = [.. fault.Fields.Select(field => field with { Field = request.Find(field.Field).Path })] };
    }
}

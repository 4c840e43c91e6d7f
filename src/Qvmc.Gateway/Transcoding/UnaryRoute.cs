using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Qvmc.Gateway.Problems;

namespace Qvmc.Gateway.Transcoding;

/// <summary>Serves a method that answers once.</summary>
internal sealed class UnaryRoute(HttpBinding binding, CallInvoker controller, TimeProvider time, long maxBodyBytes)
{
    private readonly Method<IMessage, IMessage> _method = ControllerMethod.Of(binding.Method);
    private readonly RequestReader _reader = new(binding, maxBodyBytes);

    public async Task ServeAsync(HttpContext http)
    {
        var request = await _reader.ReadAsync(http);
        IMessage response;
        try
        {
            using var call = controller.AsyncUnaryCall(_method, null, CallLimits.OfUnary(http, time), request.Message!);
            response = await call.ResponseAsync;
        }
        catch (RpcException e)
        {
            throw new ProblemException(RequestProblems.Of(e, request));
        }
        await ResponseWriter.WriteAsync(http, binding, response);
    }
}

using System.Security.Cryptography;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Qvmc.Core.Faults;

namespace Qvmc.Hosting.Faults;

/// <summary>
/// Answers what a handler throws. Faults go out as they are; a call that was given up as CANCELLED or
/// DEADLINE_EXCEEDED, or UNAVAILABLE when it is us who stop; a full or broken disk and a lack of descriptors as what they
/// are; anything else is a defect: it is logged under an
/// incident number, and the caller is told that number and nothing more.
/// </summary>
public sealed partial class FaultInterceptor(ILogger<FaultInterceptor> log, IHostApplicationLifetime lifetime, TimeProvider time) : Interceptor
{
    /// <inheritdoc/>
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation) =>
        AnswerAsync(context, () => continuation(request, context));

    /// <inheritdoc/>
    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation) =>
        AnswerAsync(context, () => continuation(new CheckedStreamReader<TRequest>(requestStream), context));

    /// <inheritdoc/>
    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation) =>
        AnswerAsync(context, async () =>
        {
            await continuation(request, responseStream, context);
            return true;
        });

    /// <inheritdoc/>
    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, DuplexStreamingServerMethod<TRequest, TResponse> continuation) =>
        AnswerAsync(context, async () =>
        {
            await continuation(new CheckedStreamReader<TRequest>(requestStream), responseStream, context);
            return true;
        });

    private async Task<T> AnswerAsync<T>(ServerCallContext context, Func<Task<T>> handle)
    {
        context.GetHttpContext().Items[typeof(FaultInterceptor)] = true;
        try
        {
            return await handle();
        }
        catch (RpcException)
        {
            throw;
        }
        catch (FaultException fault)
        {
            if (fault.Code == FaultCode.Internal)
            {
                throw Incident(context, fault);
            }
            LogFault(log, context.Method, fault.Code, fault.Message);
            throw FaultStatus.ToRpc(fault);
        }
        catch (Exception e) when (context.CancellationToken.IsCancellationRequested || e is OperationCanceledException { InnerException: IOException or TimeoutException })
        {
            throw GivenUp(context, e);
        }
        catch (IOException e) when (KernelFaults.Of(e) is { } fault)
        {
            LogKernel(log, e, context.Method);
            throw FaultStatus.ToRpc(fault);
        }
        catch (Exception e)
        {
            throw Incident(context, e);
        }
    }

    // What a handler throws once nobody waits for its answer is seldom news; it is kept for the debug log.
    private RpcException GivenUp(ServerCallContext context, Exception e)
    {
        LogGivenUp(log, context.Method, e.Message);
        return lifetime.ApplicationStopping.IsCancellationRequested
            ? FaultStatus.ToRpc(new FaultException(FaultCode.Unavailable, "the daemon is stopping; call again when it is back"))
            : context.Deadline <= time.GetUtcNow().UtcDateTime
            ? FaultStatus.ToRpc(new FaultException(FaultCode.Timeout, "the call's deadline has passed"))
            : new RpcException(new Status(StatusCode.Cancelled, "the caller cancelled the call"));
    }

    private RpcException Incident(ServerCallContext context, Exception e)
    {
        var incident = RandomNumberGenerator.GetHexString(12, lowercase: true);
        LogDefect(log, e, context.Method, incident);
        return FaultStatus.ToRpc(new FaultException(FaultCode.Internal, $"internal error; the daemon's log says more under incident {incident}"));
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Method}: {Code}: {Reason}")]
    private static partial void LogFault(ILogger log, string method, FaultCode code, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Method}: given up: {Reason}")]
    private static partial void LogGivenUp(ILogger log, string method, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method}: refused by the kernel")]
    private static partial void LogKernel(ILogger log, Exception exception, string method);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method}: incident {Incident}")]
    private static partial void LogDefect(ILogger log, Exception exception, string method, string incident);
}

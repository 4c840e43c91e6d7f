using System.Threading.RateLimiting;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.AspNetCore.Builder;
using Qvmc.Core.Faults;

namespace Qvmc.Hosting.Daemons;

/// <summary>
/// How many calls a daemon answers at the same time; streams and calls that wait are among them. One more is refused at
/// once, with RESOURCE_EXHAUSTED: a daemon that takes everything falls over for everybody. Whether it lives and is
/// ready can always be asked.
/// </summary>
public sealed class ConcurrentCalls : Interceptor, IDisposable
{
    /// <summary>How many when nothing is said of it.</summary>
    public const uint Default = 4096;

    /// <summary>The most that can be set.</summary>
    public const uint Most = 1 << 16;

    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(1);

    private readonly ConcurrencyLimiter _limiter;
    private readonly uint _max;

    /// <summary>Sets the bound.</summary>
    /// <param name="max">0: <see cref="Default"/>.</param>
    public ConcurrentCalls(uint max)
    {
        _max = max == 0 ? Default : max;
        _limiter = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = (int)_max, QueueLimit = 0 });
    }

    /// <summary>
    /// The most connections. Each may be idle, or carry one call after another or many at once; but each takes a
    /// descriptor, of which the daemon needs some for itself.
    /// </summary>
    public long MaxConnections => 64 + (2L * _max);

    /// <summary>What is wrong with the setting; null: nothing.</summary>
    public static FieldFault? Check(uint max, string field) =>
        max > Most ? new FieldFault(field, $"wants at most {Most}; got {max}") : null;

    /// <summary>Puts the bound before what is served over HTTP.</summary>
    public void Use(IApplicationBuilder app) => app.Use(next => async http =>
    {
        if (OperationsRoutes.IsOne(http.Request.Path))
        {
            await next(http);
            return;
        }

        using var call = Enter();
        await next(http);
    });

    /// <inheritdoc/>
    public void Dispose() => _limiter.Dispose();

    /// <inheritdoc/>
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        using var call = Enter(context);
        return await continuation(request, context);
    }

    /// <inheritdoc/>
    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        using var call = Enter(context);
        return await continuation(requestStream, context);
    }

    /// <inheritdoc/>
    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        using var call = Enter(context);
        await continuation(request, responseStream, context);
    }

    /// <inheritdoc/>
    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        using var call = Enter(context);
        await continuation(requestStream, responseStream, context);
    }

    private RateLimitLease? Enter(ServerCallContext context) =>
        context.Method.StartsWith("/grpc.health.v1.", StringComparison.Ordinal) ? null : Enter();

    private RateLimitLease Enter()
    {
        var lease = _limiter.AttemptAcquire();
        return lease.IsAcquired
            ? lease
            : throw new FaultException(
                FaultCode.ResourceExhausted,
                $"the daemon answers {_max} calls at a time, and there are so many: try again in a moment, or raise max_calls in its configuration")
            {
                RetryAfter = TryAgain,
            };
    }
}

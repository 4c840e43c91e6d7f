using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Qvmc.Hosting.Daemons;

/// <summary>
/// Gives up streams whose client does not take what it is sent: it would hold what the stream reads from, such as the
/// copy of a disk, for as long as it pleases. A client that is merely slow takes a message now and then.
/// </summary>
internal sealed class TakenStreams(TimeProvider time) : Interceptor
{
    /// <summary>How long a client may take nothing.</summary>
    internal static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <inheritdoc/>
    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation) =>
        continuation(request, new TakenWriter<TResponse>(responseStream, context, time), context);

    /// <inheritdoc/>
    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, DuplexStreamingServerMethod<TRequest, TResponse> continuation) =>
        continuation(requestStream, new TakenWriter<TResponse>(responseStream, context, time), context);
}

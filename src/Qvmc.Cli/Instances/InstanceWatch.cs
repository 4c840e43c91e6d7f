using System.Runtime.CompilerServices;
using Grpc.Core;
using Qvmc.Cli.Connection;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Cli.Instances;

/// <summary>
/// Follows instances over restarts of the controller: a stream that breaks is begun again with the last resume token, so
/// that nothing is missed and nothing told twice.
/// </summary>
internal static class InstanceWatch
{
    private static readonly TimeSpan ResyncPause = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Follows until cancelled. A RESYNC is handed on; after it everything comes again. Throws the stream's failure when it
    /// is not one of the connection, or not worth another try.
    /// </summary>
    /// <param name="connection">The controller.</param>
    /// <param name="filter">Which instances.</param>
    /// <param name="reconnection">What to do when the connection breaks.</param>
    /// <param name="clock">For the pause before a new beginning.</param>
    /// <param name="cancellationToken">Ends it, with an <see cref="OperationCanceledException"/>.</param>
    public static async IAsyncEnumerable<WatchResponse> FollowAsync(
        ControllerConnection connection,
        InstanceFilter filter,
        Reconnection reconnection,
        TimeProvider clock,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new WatchRequest { Filter = filter };
        while (true)
        {
            using var call = connection.Instances.Watch(request, cancellationToken: cancellationToken);
            var isResync = false;
            while (await MoveNextAsync(call))
            {
                var response = call.ResponseStream.Current;
                reconnection.Reached();
                isResync = response.Type == WatchEventType.Resync;
                request.ResumeToken = isResync ? "" : response.ResumeToken;
                yield return response;
            }

            await (isResync ? Task.Delay(ResyncPause, clock, cancellationToken) : reconnection.PauseAsync(cancellationToken));
        }

        // True: a response is there; false: the stream ended or broke and is worth beginning again.
        async Task<bool> MoveNextAsync(AsyncServerStreamingCall<WatchResponse> call)
        {
            try
            {
                return await call.ResponseStream.MoveNext(cancellationToken);
            }
            catch (RpcException) when (cancellationToken.IsCancellationRequested)
            {
                throw new OperationCanceledException(cancellationToken);
            }
            catch (RpcException e) when (reconnection.Allows(e, cancellationToken))
            {
                return false;
            }
        }
    }
}

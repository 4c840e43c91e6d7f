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
    // Longer than a controller takes to be restarted by its supervisor.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Follows until cancelled. A RESYNC is handed on; after it everything comes again. Throws the stream's failure when the
    /// first connection fails, when it is not one of the connection, or when none could be made for a minute.
    /// </summary>
    /// <param name="connection">The controller.</param>
    /// <param name="filter">Which instances.</param>
    /// <param name="clock">For the pauses between attempts.</param>
    /// <param name="onBroken">Told once each time the connection breaks.</param>
    /// <param name="cancellationToken">Ends it, with an <see cref="OperationCanceledException"/>.</param>
    public static async IAsyncEnumerable<WatchResponse> FollowAsync(
        ControllerConnection connection,
        InstanceFilter filter,
        TimeProvider clock,
        Action onBroken,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new WatchRequest { Filter = filter };
        var pause = FirstPause;
        long? brokenSince = null;
        var wasConnected = false;
        while (true)
        {
            using var call = connection.Instances.Watch(request, cancellationToken: cancellationToken);
            var isResync = false;
            while (await MoveNextAsync(call))
            {
                var response = call.ResponseStream.Current;
                (wasConnected, brokenSince, pause) = (true, null, FirstPause);
                isResync = response.Type == WatchEventType.Resync;
                request.ResumeToken = isResync ? "" : response.ResumeToken;
                yield return response;
            }

            if (isResync)
            {
                await Task.Delay(FirstPause, clock, cancellationToken);
                continue;
            }

            if (brokenSince is null)
            {
                brokenSince = clock.GetTimestamp();
                onBroken();
            }

            await Task.Delay(pause, clock, cancellationToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
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
            catch (RpcException e) when (ControllerConnection.IsBroken(e) && wasConnected && !(brokenSince is { } since && clock.GetElapsedTime(since) > Patience))
            {
                return false;
            }
        }
    }
}

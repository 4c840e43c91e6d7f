using System.Runtime.CompilerServices;
using Grpc.Core;
using Qvmc.Cli.Connection;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Cli.Images;

/// <summary>Follows an image over restarts of the controller: a stream that breaks is begun again, with all there is then.</summary>
internal static class ImageWatch
{
    /// <summary>Follows until cancelled. After each connection it begins anew: what is there, then SYNCED, then changes.</summary>
    /// <param name="connection">The controller.</param>
    /// <param name="name">The image's.</param>
    /// <param name="reconnection">What to do when the connection breaks.</param>
    /// <param name="cancellationToken">Ends it, with an <see cref="OperationCanceledException"/>.</param>
    public static async IAsyncEnumerable<WatchImagesResponse> FollowAsync(
        ControllerConnection connection,
        string name,
        Reconnection reconnection,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            using var call = connection.Images.WatchImages(new WatchImagesRequest { Name = name }, cancellationToken: cancellationToken);
            while (await MoveNextAsync(call))
            {
                reconnection.Reached();
                yield return call.ResponseStream.Current;
            }

            await reconnection.PauseAsync(cancellationToken);
        }

        // True: a response is there; false: the stream ended or broke and is worth beginning again.
        async Task<bool> MoveNextAsync(AsyncServerStreamingCall<WatchImagesResponse> call)
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

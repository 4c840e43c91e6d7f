using Grpc.Core;

namespace Qvmc.Cli.Connection;

/// <summary>Writing to a call whose other side may have answered, or gone, before the end.</summary>
internal static class RequestStreams
{
    /// <summary>Sends the next message. The message may be changed when this returns.</summary>
    /// <returns>False: nobody takes more; the call's answer says why, which the broken stream does not.</returns>
    public static Task<bool> TrySendAsync<T>(this IClientStreamWriter<T> stream, T message, CancellationToken cancellationToken) =>
        TryAsync(() => stream.WriteAsync(message, cancellationToken));

    /// <summary>Says that no more comes.</summary>
    /// <returns>False: see <see cref="TrySendAsync"/>.</returns>
    public static Task<bool> TryCompleteAsync<T>(this IClientStreamWriter<T> stream) => TryAsync(stream.CompleteAsync);

    private static async Task<bool> TryAsync(Func<Task> action)
    {
        try
        {
            await action();
            return true;
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException or IOException)
        {
            return false;
        }
    }
}

using Microsoft.AspNetCore.Http;

namespace Qvmc.Gateway.Streams;

/// <summary>Writes to a client that may have ceased to read.</summary>
internal static class ClientWrite
{
    /// <summary>Writes; a client that does not take it within <paramref name="limit"/> is cut off.</summary>
    /// <exception cref="OperationCanceledException">It was cut off, or <paramref name="ct"/> ended.</exception>
    public static async Task WithinAsync(HttpContext http, ReadOnlyMemory<byte> bytes, TimeSpan limit, TimeProvider time, CancellationToken ct)
    {
        var writing = http.Response.BodyWriter.WriteAsync(bytes, ct);
        if (writing.IsCompleted)
        {
            await writing;
            return;
        }
        var taking = writing.AsTask();
        try
        {
            await taking.WaitAsync(limit, time);
        }
        catch (TimeoutException e)
        {
            http.Abort();
            await ((Task)taking).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw new OperationCanceledException("the client reads no more", e);
        }
    }
}

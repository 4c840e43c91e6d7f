using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Qvmc.Core.Faults;
using Qvmc.Gateway.Problems;

namespace Qvmc.Gateway.Uploads;

/// <summary>
/// Sends a request's bytes to the controller, a piece at a time: what is in memory does not grow with the upload, and
/// nothing is read that the controller has no room for.
/// </summary>
internal static class BodyPieces
{
    // What a channel takes at a time. Larger pieces save nothing that can be measured, and hold up what reads them.
    internal const int PieceBytes = 256 << 10;

    /// <summary>Sends everything that comes, and tells how that ended.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="send">Takes a piece, which is used again when it is done.</param>
    /// <param name="ct">Ends the reading.</param>
    /// <returns>Null: at the end. Otherwise why no more came; what came before it has been sent.</returns>
    public static async Task<Exception?> SendAsync(Stream bytes, Func<ReadOnlyMemory<byte>, ValueTask> send, CancellationToken ct)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            while (true)
            {
                var (filled, end) = await FillAsync(bytes, buffer.AsMemory(0, PieceBytes), ct);
                if (filled > 0)
                {
                    await send(buffer.AsMemory(0, filled));
                }
                if (end is not null)
                {
                    return end.Cause;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>What a body that broke off is answered with, if anybody is left to read it.</summary>
    public static Exception Broken(Exception cause) => cause is InvalidDataException or (IOException and not BadHttpRequestException)
        ? new ProblemException(Problem.Of(new FaultException(FaultCode.InvalidArgument, $"the upload broke off: {cause.Message}", inner: cause)))
        : cause;

    /// <summary>For a call that was answered before its end: why, the answer says; the rest of the body nobody reads.</summary>
    public static void LeaveRest(HttpContext http) => http.Response.Headers.Connection = HttpProtocol.IsHttp2(http.Request.Protocol) ? default : "close";

    /// <summary>Refuses a request that is longer than may be taken, and stops reading one that does not say how long it is.</summary>
    public static void Limit(HttpContext http, long maxBytes)
    {
        if (http.Request.ContentLength > maxBytes)
        {
            throw new ProblemException(ProblemKinds.TooLarge($"the upload has {http.Request.ContentLength} bytes; at most {maxBytes} are taken (max_upload_gib)"));
        }
        http.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = maxBytes;
    }

    private static async ValueTask<(int Filled, End? End)> FillAsync(Stream bytes, Memory<byte> buffer, CancellationToken ct)
    {
        var filled = 0;
        try
        {
            while (filled < buffer.Length)
            {
                var count = await bytes.ReadAsync(buffer[filled..], ct);
                if (count == 0)
                {
                    return (filled, new End(null));
                }
                filled += count;
            }
            return (filled, null);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or OperationCanceledException)
        {
            return (filled, new End(e));
        }
    }

    private sealed record End(Exception? Cause);
}

using System.Buffers;
using Google.Protobuf;
using Grpc.Core;
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
    // The contract takes up to 1 MiB. Larger pieces save nothing that can be measured, and hold up what reads them.
    internal const int PieceBytes = 256 << 10;

    /// <summary>Sends everything that comes, and tells how that ended.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="call">The call that takes them.</param>
    /// <param name="piece">Makes a message of a piece.</param>
    /// <param name="ct">Ends the reading.</param>
    /// <returns>Null: at the end. Otherwise why no more came; what came before it has been sent.</returns>
    /// <exception cref="RpcException">The controller ended the call.</exception>
    /// <exception cref="InvalidOperationException">The controller has ended the call already.</exception>
    public static async Task<Exception?> SendAsync<T>(Stream bytes, IClientStreamWriter<T> call, Func<ByteString, T> piece, CancellationToken ct)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            while (true)
            {
                var (filled, end) = await FillAsync(bytes, buffer.AsMemory(0, PieceBytes), ct);
                if (filled > 0)
                {
                    // The call has copied the piece when the write is done, so the buffer can be used again.
                    await call.WriteAsync(piece(UnsafeByteOperations.UnsafeWrap(buffer.AsMemory(0, filled))), CancellationToken.None);
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

using System.Buffers;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Qvmc.Core.Faults;
using Qvmc.Gateway.Problems;
using Qvmc.Gateway.Transcoding;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Gateway.Uploads;

/// <summary>
/// Streams an image from a request's body to the controller, a piece at a time: what is in memory does not grow with
/// the image. Stands before the route for JSON, and passes on to it what is not an upload.
/// </summary>
internal sealed class UploadRoute(CallInvoker controller, TimeProvider time, long maxUploadBytes, RequestDelegate json)
{
    private const int PieceBytes = 256 << 10;

    private readonly ImageService.ImageServiceClient _images = new(controller);

    public Task ServeAsync(HttpContext http)
    {
        var known = MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var type);
        return known && type!.MediaType.Equals("application/octet-stream", StringComparison.OrdinalIgnoreCase) ? UploadAsync(http, Raw)
            : known && type!.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase) ? UploadAsync(http, () => MultipartUpload.OpenAsync(http, type))
            : json(http);

        Task<UploadSource> Raw()
        {
            var fields = new UploadFields();
            fields.Add(http.Request.Query);
            return Task.FromResult(new UploadSource(fields.Read(http.Request.ContentLength), http.Request.Body, () => Task.CompletedTask));
        }
    }

    private async Task UploadAsync(HttpContext http, Func<Task<UploadSource>> open)
    {
        if (http.Request.ContentLength > maxUploadBytes)
        {
            throw new ProblemException(ProblemKinds.TooLarge($"the upload has {http.Request.ContentLength} bytes; at most {maxUploadBytes} are taken (max_upload_gib)"));
        }
        http.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = maxUploadBytes;
        var source = await open();
        // Disposing of a call that is not complete cancels it: the controller keeps nothing of an upload that broke off.
        using var call = _images.UploadImage(CallLimits.OfUpload(http, time));
        try
        {
            await SendAsync(call.RequestStream, source, http.RequestAborted);
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException && !http.RequestAborted.IsCancellationRequested)
        {
            // The controller answered before the end. Why, its answer says; the rest of the body nobody reads.
            http.Response.Headers.Connection = HttpProtocol.IsHttp2(http.Request.Protocol) ? default : "close";
        }
        var response = await call.ResponseAsync;
        await ResponseWriter.WriteAsync(http, response.Image);
    }

    private static async Task SendAsync(IClientStreamWriter<UploadImageRequest> pieces, UploadSource source, CancellationToken ct)
    {
        await pieces.WriteAsync(new UploadImageRequest { Header = source.Header }, ct);
        var buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            int length;
            while ((length = await ReadAsync(source.Bytes, buffer.AsMemory(0, PieceBytes), ct)) > 0)
            {
                // The call has copied the piece when the write is done, so the buffer can be used again.
                var piece = UnsafeByteOperations.UnsafeWrap(buffer.AsMemory(0, length));
                await pieces.WriteAsync(new UploadImageRequest { Chunk = piece }, ct);
            }
            await source.EndAsync();
            await pieces.CompleteAsync();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task<int> ReadAsync(Stream bytes, Memory<byte> buffer, CancellationToken ct)
    {
        try
        {
            return await bytes.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, ct);
        }
        catch (Exception e) when (e is IOException and not BadHttpRequestException && !ct.IsCancellationRequested)
        {
            throw new ProblemException(Problem.Of(new FaultException(FaultCode.InvalidArgument, $"the upload broke off: {e.Message}", inner: e)));
        }
    }
}

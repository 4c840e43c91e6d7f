using System.Runtime.ExceptionServices;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Qvmc.Gateway.Transcoding;
using Qvmc.Hosting.ByteChannels;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Gateway.Uploads;

/// <summary>
/// Streams an image from a request's body to the controller, a piece at a time: what is in memory does not grow with
/// the image. Stands before the route for JSON, and passes on to it what is not an upload.
/// </summary>
internal sealed class UploadRoute(CallInvoker controller, ByteChannelClient channels, TimeProvider time, long maxUploadBytes, RequestDelegate json)
{
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
        BodyPieces.Limit(http, maxUploadBytes);
        var source = await open();
        // Disposing of a call that is not complete cancels it: the controller keeps nothing of an upload that broke off.
        using var call = _images.UploadImage(CallLimits.OfUpload(http, time));
        try
        {
            await call.RequestStream.WriteAsync(new UploadImageRequest { Header = source.Header }, http.RequestAborted);
            await using var bytes = await BodyChannel<UploadImageRequest>.OpenAsync(
                channels, call.RequestStream, call.ResponseAsync, channel => new UploadImageRequest { Channel = channel }, http.RequestAborted);
            if (await bytes.SendAsync(source.Bytes) is { } cause)
            {
                ExceptionDispatchInfo.Throw(BodyPieces.Broken(cause));
            }
            await source.EndAsync();
            await bytes.EndAsync();
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException && !http.RequestAborted.IsCancellationRequested)
        {
            BodyPieces.LeaveRest(http);
        }
        var response = await call.ResponseAsync;
        await ResponseWriter.WriteAsync(http, response.Image);
    }
}

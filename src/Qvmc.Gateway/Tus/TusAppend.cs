using System.Runtime.ExceptionServices;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Qvmc.Core.Faults;
using Qvmc.Gateway.Problems;
using Qvmc.Gateway.Transcoding;
using Qvmc.Gateway.Uploads;
using Qvmc.Hosting.ByteChannels;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Gateway.Tus;

/// <summary>
/// Adds a request's bytes to an upload. Of a request that breaks off, all that we have read is kept (what lies in the
/// server's buffers, at most 1 MiB, it does not hand out any more); and what its last byte set going, the making of the
/// image, goes on although nobody waits for it.
/// </summary>
internal sealed class TusAppend(CallInvoker controller, ByteChannelClient channels, TimeProvider time, long maxUploadBytes, CancellationToken stopping)
{
    private readonly ImageService.ImageServiceClient _images = new(controller);

    /// <summary>Whether a request brings bytes.</summary>
    /// <exception cref="ProblemException">It brings something else.</exception>
    public static bool Brings(HttpContext http)
    {
        if (http.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true } || http.Request.ContentLength == 0)
        {
            return false;
        }
        CheckMediaType(http.Request);
        return true;
    }

    /// <summary>Serves PATCH.</summary>
    public async Task ServeAsync(HttpContext http, string id)
    {
        CheckMediaType(http.Request);
        var faults = new List<FieldFault>();
        TusHeaders.RefuseNotOffered(http.Request, faults);
        var offset = TusHeaders.ReadBytes(http.Request, TusHeaders.Offset, faults);
        if (faults.Count > 0)
        {
            throw new ProblemException(Problem.Invalid(faults));
        }
        await AppendAsync(http, new UploadPlace { Id = id, Offset = (ulong)offset!.Value });
        http.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>Sends the request's bytes, and tells how far the upload came.</summary>
    public async Task AppendAsync(HttpContext http, UploadPlace place)
    {
        BodyPieces.Limit(http, maxUploadBytes);
        using var call = _images.AppendUpload(CallLimits.OfStream(http, time, CancellationToken.None));
        Exception? broken = null;
        try
        {
            await call.RequestStream.WriteAsync(new AppendUploadRequest { Place = place }, CancellationToken.None);
            // Not until the client is gone, but until all that it sent is read.
            await using var bytes = await BodyChannel<AppendUploadRequest>.OpenAsync(
                channels, call.RequestStream, call.ResponseAsync, channel => new AppendUploadRequest { Channel = channel }, stopping);
            broken = await bytes.SendAsync(http.Request.Body);
            await bytes.EndAsync();
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException)
        {
            BodyPieces.LeaveRest(http);
        }
        try
        {
            var response = await call.ResponseAsync;
            TusHeaders.Write(http.Response, response.Upload, response.Image);
        }
        catch (RpcException e)
        {
            throw TusProblems.Of(e);
        }
        if (broken is not null)
        {
            ExceptionDispatchInfo.Throw(broken is OperationCanceledException && stopping.IsCancellationRequested
                ? new FaultException(FaultCode.Unavailable, "the gateway is stopping; go on with the upload when it is back", inner: broken)
                : BodyPieces.Broken(broken));
        }
    }

    private static void CheckMediaType(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || !type.MediaType.Equals(TusHeaders.BytesType, StringComparison.OrdinalIgnoreCase))
        {
            throw TusProblems.WrongMediaType(request.ContentType);
        }
    }
}

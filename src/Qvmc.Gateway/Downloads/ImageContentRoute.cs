using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Qvmc.Core.Faults;
using Qvmc.Core.Json;
using Qvmc.Gateway.Problems;
using Qvmc.Gateway.Streams;
using Qvmc.Gateway.Transcoding;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Gateway.Downloads;

/// <summary>
/// GET and HEAD of an image's bytes, whole or one range of them. The etag is the digest, so a download that goes on
/// later, under whatever name, goes on with the same bytes.
/// </summary>
internal sealed class ImageContentRoute(CallInvoker controller, TimeProvider time, StreamLimits limits)
{
    /// <summary>How it is called.</summary>
    public static readonly HttpBinding Binding = new(
        ImageService.Descriptor.FindMethodByName(nameof(ImageService.ImageServiceBase.ExportImage)), "GET", PathTemplate.Parse("/v1/images/{name}/content"), "", "");

    private static readonly Method<ExportImageRequest, ExportImageResponse> Export = ResponsePieces.Method(
        Binding.Method, ExportImageRequest.Parser, ExportImageResponse.Parser, ExportImageResponse.ChunkFieldNumber, chunk => new ExportImageResponse { Chunk = chunk });

    private readonly RequestReader _reader = new(Binding, 0);

    public async Task ServeAsync(HttpContext http)
    {
        if (http.Request.Query.Count > 0)
        {
            throw new ProblemException(Problem.Invalid([.. http.Request.Query.Keys.Select(name => new FieldFault(name, "is not a parameter of this method; a part is asked for with the header Range"))]));
        }
        var asked = await _reader.ReadAsync(http);
        var request = (ExportImageRequest)asked.Message!;
        // Which part it is can be told only when the size is known; a byte is asked for since 0 would mean all.
        var looksFirst = HttpMethods.IsHead(http.Request.Method) || ByteRange.IsAsked(http.Request);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, limits.Stopping);
        using var call = Call(looksFirst ? new ExportImageRequest(request) { Length = 1 } : request);
        var image = await ImageAsync(call, asked);
        if (Precondition(http.Request, image) is { } status)
        {
            Answer(http.Response, image, status);
            return;
        }
        var size = (long)image.SizeBytes;
        var part = ByteRange.Of(http.Request, size, ContentHeaders.EtagOf(image));
        if (part is { Length: 0 })
        {
            http.Response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes */{size}");
            throw new ProblemException(ProblemKinds.NoSuchRange(http.Request.Headers.Range.ToString(), size));
        }
        var range = part ?? new ByteRange(0, size);
        if (part is not null)
        {
            ContentHeaders.WriteRange(http.Response, range, size);
        }
        Answer(http.Response, image, part is null ? StatusCodes.Status200OK : StatusCodes.Status206PartialContent);
        http.Response.ContentLength = range.Length;
        if (HttpMethods.IsHead(http.Request.Method))
        {
            return;
        }
        if (!looksFirst)
        {
            await CopyAsync(http, call, stop.Token);
            return;
        }
        // By its digest: the name may have come to mean another image.
        request = new ExportImageRequest { Name = image.Digest, Offset = (ulong)range.Offset, Length = (ulong)range.Length };
        using var rest = Call(request);
        await ImageAsync(rest, asked);
        await CopyAsync(http, rest, stop.Token);

        AsyncServerStreamingCall<ExportImageResponse> Call(ExportImageRequest part) =>
            controller.AsyncServerStreamingCall(Export, null, CallLimits.OfStream(http, time, stop.Token), part);
    }

    private static async Task<Image> ImageAsync(AsyncServerStreamingCall<ExportImageResponse> call, ProtoJsonResult asked)
    {
        try
        {
            await call.ResponseStream.MoveNext(CancellationToken.None);
            return call.ResponseStream.Current.Image;
        }
        catch (RpcException e)
        {
            throw new ProblemException(RequestProblems.Of(e, asked));
        }
    }

    private Task CopyAsync(HttpContext http, AsyncServerStreamingCall<ExportImageResponse> call, CancellationToken ct) =>
        new ResponsePieces(http, time, limits.Download).CopyAsync(call.ResponseStream, response => response.Chunk, ct);

    // RFC 9110, 13.2.2.
    private static int? Precondition(HttpRequest request, Image image)
    {
        var etag = ContentHeaders.EtagOf(image);
        return !Matches(request.Headers.IfMatch, etag, strongly: true, none: true) ? StatusCodes.Status412PreconditionFailed
            : Matches(request.Headers.IfNoneMatch, etag, strongly: false, none: false) ? StatusCodes.Status304NotModified
            : null;
    }

    private static bool Matches(IList<string?> given, EntityTagHeaderValue etag, bool strongly, bool none) =>
        given.Count == 0 ? none : EntityTagHeaderValue.TryParseList(given!, out var wanted) && wanted.Any(w => w.Equals(EntityTagHeaderValue.Any) || w.Compare(etag, strongly));

    private static void Answer(HttpResponse response, Image image, int status)
    {
        if (status == StatusCodes.Status412PreconditionFailed)
        {
            throw new ProblemException(Problem.Of(new FaultException(FaultCode.Stale, $"the image has the etag {ContentHeaders.EtagOf(image)} and not the one that If-Match asks for")));
        }
        ContentHeaders.WriteImage(response, image);
        response.StatusCode = status;
    }
}

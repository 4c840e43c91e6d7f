using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Qvmc.Core.Faults;
using Qvmc.Gateway.Problems;
using Qvmc.Gateway.Transcoding;
using Qvmc.Hosting.ByteChannels;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Gateway.Tus;

/// <summary>
/// Uploads that go on after a break, by the protocol tus 1.0.0 (https://tus.io/protocols/resumable-upload). All that
/// there is to know of an upload the controller keeps.
/// </summary>
internal sealed class TusRoutes(CallInvoker controller, ByteChannelClient channels, TimeProvider time, long maxUploadBytes, CancellationToken stopping)
{
    /// <summary>Where uploads are.</summary>
    public const string Path = "/v1/uploads";

    private readonly ImageService.ImageServiceClient _images = new(controller);
    private readonly TusAppend _append = new(controller, channels, time, maxUploadBytes, stopping);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.Map(Path, Checked(http => Method(http.Request) switch
        {
            "POST" => CreateAsync(http),
            _ => Refuse(http, "OPTIONS, POST"),
        }));
        routes.Map(Path + "/{id}", Checked(http => Method(http.Request) switch
        {
            "HEAD" => TellAsync(http),
            "PATCH" => _append.ServeAsync(http, Id(http)),
            "DELETE" => DeleteAsync(http),
            _ => Refuse(http, "OPTIONS, HEAD, PATCH, DELETE"),
        }));
    }

    private RequestDelegate Checked(RequestDelegate serve) => http =>
    {
        var headers = http.Response.Headers;
        headers[TusHeaders.Resumable] = TusHeaders.Protocol;
        headers.CacheControl = "no-store";
        var given = http.Request.Headers[TusHeaders.Resumable].ToString();
        if (Method(http.Request) == "OPTIONS")
        {
            headers[TusHeaders.Versions] = TusHeaders.Protocol;
            headers[TusHeaders.Extension] = TusHeaders.Extensions;
            headers[TusHeaders.MaxSize] = maxUploadBytes.ToString(CultureInfo.InvariantCulture);
            http.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        }
        if (given != TusHeaders.Protocol)
        {
            headers[TusHeaders.Versions] = TusHeaders.Protocol;
            throw TusProblems.WrongVersion(given);
        }
        return serve(http);
    };

    private async Task CreateAsync(HttpContext http)
    {
        var request = http.Request;
        var faults = new List<FieldFault>();
        TusHeaders.RefuseNotOffered(request, faults);
        var length = TusHeaders.ReadBytes(request, TusHeaders.Length, faults);
        var fields = TusMetadata.Read(request);
        faults.ForEach(fault => fields.Refuse(fault.Field, fault.Message));
        var header = fields.Read(length, TusHeaders.Length);
        if (length > maxUploadBytes)
        {
            throw new ProblemException(ProblemKinds.TooLarge($"the upload is to have {length} bytes; at most {maxUploadBytes} are taken (max_upload_gib)"));
        }
        var brings = TusAppend.Brings(http);
        var upload = (await CallAsync(() => _images.CreateUploadAsync(new CreateUploadRequest { Header = header }, CallLimits.OfUnary(http, time)))).Upload;
        // Whoever loses the answer to what follows can go on all the same.
        http.Response.Headers.Location = $"{Path}/{upload.Id}";
        TusHeaders.Write(http.Response, upload, null);
        if (brings)
        {
            await _append.AppendAsync(http, new UploadPlace { Id = upload.Id });
        }
        http.Response.StatusCode = StatusCodes.Status201Created;
    }

    private async Task TellAsync(HttpContext http)
    {
        var upload = (await CallAsync(() => _images.GetUploadAsync(new GetUploadRequest { Id = Id(http) }, CallLimits.OfUnary(http, time)))).Upload;
        TusHeaders.Write(http.Response, upload, null);
        http.Response.Headers[TusHeaders.Length] = upload.Header.SizeBytes.ToString(CultureInfo.InvariantCulture);
        http.Response.Headers[TusHeaders.Metadata] = TusMetadata.Write(upload.Header);
    }

    private async Task DeleteAsync(HttpContext http)
    {
        await CallAsync(() => _images.DeleteUploadAsync(new DeleteUploadRequest { Id = Id(http) }, CallLimits.OfUnary(http, time)));
        http.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static async Task<T> CallAsync<T>(Func<AsyncUnaryCall<T>> start)
    {
        try
        {
            using var call = start();
            return await call.ResponseAsync;
        }
        catch (RpcException e)
        {
            throw TusProblems.Of(e);
        }
    }

    private static Task Refuse(HttpContext http, string allowed)
    {
        http.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
        http.Response.Headers.Allow = allowed;
        return Task.CompletedTask;
    }

    // For clients, and what is between them and us, that know GET and POST only.
    private static string Method(HttpRequest request) =>
        request.Headers[TusHeaders.MethodOverride].ToString() is { Length: > 0 } given ? given.ToUpperInvariant() : request.Method.ToUpperInvariant();

    private static string Id(HttpContext http) => http.GetRouteValue("id") as string ?? "";
}

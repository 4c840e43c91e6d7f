using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Qvmc.Core.Faults;
using Qvmc.Gateway.Problems;
using Qvmc.Gateway.Streams;
using Qvmc.Gateway.Transcoding;
using Qvmc.Protos.Controller.V1;

namespace Qvmc.Gateway.Downloads;

/// <summary>
/// GET of an instance's disk. The file is made while the client waits, and the answer begins when it is known how
/// large it is: so a refusal still has a status of its own, and a download that breaks off can be told from a whole one.
/// </summary>
internal sealed class DiskRoute(CallInvoker controller, TimeProvider time, StreamLimits limits)
{
    /// <summary>How it is called.</summary>
    public static readonly HttpBinding Binding = new(
        ControllerService.Descriptor.FindMethodByName(nameof(ControllerService.ControllerServiceBase.ExportDisk)), "GET", PathTemplate.Parse("/v1/instances/{name}/disk"), "", "");

    private static readonly Method<ExportDiskRequest, ExportDiskResponse> Export = ResponsePieces.Method(
        Binding.Method, ExportDiskRequest.Parser, ExportDiskResponse.Parser, ExportDiskResponse.ChunkFieldNumber, chunk => new ExportDiskResponse { Chunk = chunk });

    private readonly RequestReader _reader = new(Binding, 0);

    public async Task ServeAsync(HttpContext http)
    {
        var asked = await _reader.ReadAsync(http);
        var request = (ExportDiskRequest)asked.Message!;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, limits.Stopping);
        using var call = controller.AsyncServerStreamingCall(Export, null, CallLimits.OfStream(http, time, stop.Token), request);
        DiskExport header;
        try
        {
            header = await HeaderAsync(call.ResponseStream, stop.Token);
        }
        catch (RpcException e)
        {
            throw new ProblemException(RequestProblems.Of(e, asked));
        }
        ContentHeaders.WriteFile(http.Response, request.Disk.Length == 0 ? request.Name : $"{request.Name}-{request.Disk}", header.Format);
        http.Response.Headers.CacheControl = "no-store";
        http.Response.ContentLength = (long)header.SizeBytes;
        await new ResponsePieces(http, time, limits.Download).CopyAsync(call.ResponseStream, response => response.Chunk, stop.Token);
    }

    private static async Task<DiskExport> HeaderAsync(IAsyncStreamReader<ExportDiskResponse> responses, CancellationToken ct)
    {
        while (await responses.MoveNext(ct))
        {
            if (responses.Current.Header is { } header)
            {
                return header;
            }
        }
        throw new FaultException(FaultCode.Internal, "the controller sent no disk, and no reason; its log may say more");
    }
}

using Grpc.Core;
using Microsoft.AspNetCore.Connections.Features;
using Qvmc.Controller.Verbs;
using Qvmc.Hosting.ByteChannels;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Controller.Services;

/// <summary>The gRPC edge of image.v1.</summary>
internal sealed class ImageGrpc(ImageVerbs images, ImportVerbs imports, UploadVerbs uploads, PullVerb pull, SearchVerb search, ImageByteVerbs bytes, ByteChannelServer channels)
    : ImageService.ImageServiceBase
{
    public override Task<ImportImageResponse> ImportImage(ImportImageRequest request, ServerCallContext context) => imports.ImportAsync(request, context.CancellationToken);

    public override async Task<UploadImageResponse> UploadImage(IAsyncStreamReader<UploadImageRequest> requestStream, ServerCallContext context)
    {
        await using var requests = channels.Read(requestStream);
        return await imports.UploadAsync(requests, context.CancellationToken);
    }

    public override Task ImportOpenFile(ImportOpenFileRequest request, IServerStreamWriter<ImportOpenFileResponse> responseStream, ServerCallContext context) =>
        SendAsync(
            imports.ImportOpenAsync(request, context.GetHttpContext().Features.Get<IConnectionSocketFeature>()?.Socket, context.CancellationToken), responseStream, context.CancellationToken);

    public override Task<PullImageResponse> PullImage(PullImageRequest request, ServerCallContext context) => pull.RunAsync(request, context);

    public override Task<CreateUploadResponse> CreateUpload(CreateUploadRequest request, ServerCallContext context) => uploads.CreateAsync(request);

    public override Task<GetUploadResponse> GetUpload(GetUploadRequest request, ServerCallContext context) => Task.FromResult(uploads.Get(request));

    public override async Task<AppendUploadResponse> AppendUpload(IAsyncStreamReader<AppendUploadRequest> requestStream, ServerCallContext context)
    {
        await using var requests = channels.Read(requestStream);
        return await uploads.AppendAsync(requests, context.CancellationToken);
    }

    public override Task<DeleteUploadResponse> DeleteUpload(DeleteUploadRequest request, ServerCallContext context) => uploads.DeleteAsync(request);

    public override Task<SearchImagesResponse> SearchImages(SearchImagesRequest request, ServerCallContext context) => Task.FromResult(search.Run(request));

    public override Task<ListImagesResponse> ListImages(ListImagesRequest request, ServerCallContext context) => Task.FromResult(images.List(request));

    public override Task<GetImageResponse> GetImage(GetImageRequest request, ServerCallContext context) => Task.FromResult(images.Get(request));

    public override Task WatchImages(WatchImagesRequest request, IServerStreamWriter<WatchImagesResponse> responseStream, ServerCallContext context) =>
        SendAsync(images.WatchAsync(request, context.CancellationToken), responseStream, context.CancellationToken);

    public override Task<DeleteImageResponse> DeleteImage(DeleteImageRequest request, ServerCallContext context) => images.DeleteAsync(request);

    public override Task<PruneImagesResponse> PruneImages(PruneImagesRequest request, ServerCallContext context) => bytes.PruneAsync(request);

    public override Task VerifyImage(VerifyImageRequest request, IServerStreamWriter<VerifyImageResponse> responseStream, ServerCallContext context) =>
        SendAsync(bytes.VerifyAsync(request, context.CancellationToken), responseStream, context.CancellationToken);

    public override Task ExportImage(ExportImageRequest request, IServerStreamWriter<ExportImageResponse> responseStream, ServerCallContext context) =>
        SendAsync(bytes.ExportAsync(request, context.CancellationToken), responseStream, context.CancellationToken);

    private static async Task SendAsync<T>(IAsyncEnumerable<T> responses, IServerStreamWriter<T> stream, CancellationToken ct)
    {
        await foreach (var response in responses.WithCancellation(ct))
        {
            await stream.WriteAsync(response, ct);
        }
    }
}

using Grpc.Core;
using Qvmc.Controller.Verbs;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Controller.Services;

/// <summary>The gRPC edge of image.v1.</summary>
internal sealed class ImageGrpc(ImageVerbs images) : ImageService.ImageServiceBase
{
    public override Task<ImportImageResponse> ImportImage(ImportImageRequest request, ServerCallContext context) => images.ImportAsync(request, context.CancellationToken);

    public override Task<UploadImageResponse> UploadImage(IAsyncStreamReader<UploadImageRequest> requestStream, ServerCallContext context) =>
        images.UploadAsync(requestStream, context.CancellationToken);

    public override Task<ListImagesResponse> ListImages(ListImagesRequest request, ServerCallContext context) => Task.FromResult(images.List(request));

    public override Task<GetImageResponse> GetImage(GetImageRequest request, ServerCallContext context) => Task.FromResult(images.Get(request));

    public override Task<DeleteImageResponse> DeleteImage(DeleteImageRequest request, ServerCallContext context) => images.DeleteAsync(request);
}

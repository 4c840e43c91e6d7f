using Qvmc.Hosting.Chunks;
using Qvmc.Hosting.Daemons;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Controller.Services;

/// <summary>The methods of image.v1; those that take images have a reader that makes no garbage of their bytes.</summary>
internal static class ImageMethods
{
    public static void Map(ServiceMethods<ImageGrpc> methods)
    {
        methods.Unary<ImportImageRequest, ImportImageResponse>(nameof(ImageGrpc.ImportImage), (service, request, call) => service.ImportImage(request, call));
        methods.ClientStreaming<UploadImageRequest, UploadImageResponse>(
            nameof(ImageGrpc.UploadImage),
            ChunkMarshaller.Of(UploadImageRequest.Parser, UploadImageRequest.ChunkFieldNumber, chunk => new UploadImageRequest { Chunk = chunk }),
            (service, requests, call) => service.UploadImage(new ChunkReader<UploadImageRequest>(requests, request => request.Chunk), call));
        methods.ServerStreaming<ImportOpenFileRequest, ImportOpenFileResponse>(nameof(ImageGrpc.ImportOpenFile), (service, request, responses, call) => service.ImportOpenFile(request, responses, call));
        methods.Unary<PullImageRequest, PullImageResponse>(nameof(ImageGrpc.PullImage), (service, request, call) => service.PullImage(request, call));
        methods.Unary<CreateUploadRequest, CreateUploadResponse>(nameof(ImageGrpc.CreateUpload), (service, request, call) => service.CreateUpload(request, call));
        methods.Unary<GetUploadRequest, GetUploadResponse>(nameof(ImageGrpc.GetUpload), (service, request, call) => service.GetUpload(request, call));
        methods.ClientStreaming<AppendUploadRequest, AppendUploadResponse>(
            nameof(ImageGrpc.AppendUpload),
            ChunkMarshaller.Of(AppendUploadRequest.Parser, AppendUploadRequest.ChunkFieldNumber, chunk => new AppendUploadRequest { Chunk = chunk }),
            (service, requests, call) => service.AppendUpload(new ChunkReader<AppendUploadRequest>(requests, request => request.Chunk), call));
        methods.Unary<DeleteUploadRequest, DeleteUploadResponse>(nameof(ImageGrpc.DeleteUpload), (service, request, call) => service.DeleteUpload(request, call));
        methods.Unary<SearchImagesRequest, SearchImagesResponse>(nameof(ImageGrpc.SearchImages), (service, request, call) => service.SearchImages(request, call));
        methods.Unary<ListImagesRequest, ListImagesResponse>(nameof(ImageGrpc.ListImages), (service, request, call) => service.ListImages(request, call));
        methods.Unary<GetImageRequest, GetImageResponse>(nameof(ImageGrpc.GetImage), (service, request, call) => service.GetImage(request, call));
        methods.ServerStreaming<WatchImagesRequest, WatchImagesResponse>(nameof(ImageGrpc.WatchImages), (service, request, responses, call) => service.WatchImages(request, responses, call));
        methods.Unary<DeleteImageRequest, DeleteImageResponse>(nameof(ImageGrpc.DeleteImage), (service, request, call) => service.DeleteImage(request, call));
        methods.Unary<PruneImagesRequest, PruneImagesResponse>(nameof(ImageGrpc.PruneImages), (service, request, call) => service.PruneImages(request, call));
        methods.ServerStreaming<VerifyImageRequest, VerifyImageResponse>(nameof(ImageGrpc.VerifyImage), (service, request, responses, call) => service.VerifyImage(request, responses, call));
        methods.ServerStreaming<ExportImageRequest, ExportImageResponse>(nameof(ImageGrpc.ExportImage), (service, request, responses, call) => service.ExportImage(request, responses, call));
    }
}

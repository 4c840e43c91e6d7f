using Grpc.AspNetCore.Server.Model;
using Grpc.Core;
using Microsoft.AspNetCore.Routing;
using Qvmc.Hosting.Chunks;
using Qvmc.Hosting.Daemons;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Controller.Services;

/// <summary>The methods of image.v1 that take images, with a reader that makes no garbage of their bytes.</summary>
internal sealed class ImageUploadMethods : IServiceMethodProvider<ImageGrpc>
{
    public void OnServiceMethodDiscovery(ServiceMethodProviderContext<ImageGrpc> context)
    {
        Add(
            context,
            nameof(ImageGrpc.UploadImage),
            ChunkMarshaller.Of(UploadImageRequest.Parser, UploadImageRequest.ChunkFieldNumber, chunk => new UploadImageRequest { Chunk = chunk }),
            UploadImageResponse.Parser,
            (service, requests, call) => service.UploadImage(new ChunkReader<UploadImageRequest>(requests, request => request.Chunk), call));
        Add(
            context,
            nameof(ImageGrpc.AppendUpload),
            ChunkMarshaller.Of(AppendUploadRequest.Parser, AppendUploadRequest.ChunkFieldNumber, chunk => new AppendUploadRequest { Chunk = chunk }),
            AppendUploadResponse.Parser,
            (service, requests, call) => service.AppendUpload(new ChunkReader<AppendUploadRequest>(requests, request => request.Chunk), call));
    }

    private static void Add<TRequest, TResponse>(
        ServiceMethodProviderContext<ImageGrpc> context,
        string name,
        Marshaller<TRequest> requests,
        Google.Protobuf.MessageParser<TResponse> responses,
        ClientStreamingServerMethod<ImageGrpc, TRequest, TResponse> serve)
        where TRequest : class
        where TResponse : class, Google.Protobuf.IMessage<TResponse> =>
        context.AddClientStreamingMethod(
            new Method<TRequest, TResponse>(
                MethodType.ClientStreaming,
                ImageService.Descriptor.FullName,
                name,
                requests,
                Marshallers.Create<TResponse>(ChunkMarshaller.Write, payload => responses.ParseFrom(payload.PayloadAsReadOnlySequence()))),
            [new HttpMethodMetadata(["POST"]), new InsteadOfGenerated()],
            serve);
}

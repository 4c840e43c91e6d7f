using Grpc.Core;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Hosting.Tests.Daemons;

/// <summary>A service whose calls do what a test says.</summary>
public sealed class ScriptedImages(ImageScript script) : ImageService.ImageServiceBase
{
    public override Task<GetImageResponse> GetImage(GetImageRequest request, ServerCallContext context) => script.Get(request, context);

    public override async Task<UploadImageResponse> UploadImage(IAsyncStreamReader<UploadImageRequest> requestStream, ServerCallContext context)
    {
        ulong size = 0;
        await foreach (var part in requestStream.ReadAllAsync())
        {
            size += (ulong)part.Chunk.Length;
        }
        return new UploadImageResponse { Image = new Image { SizeBytes = size } };
    }
}

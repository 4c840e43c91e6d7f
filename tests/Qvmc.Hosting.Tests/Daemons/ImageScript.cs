using Grpc.Core;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Hosting.Tests.Daemons;

public sealed class ImageScript
{
    public Func<GetImageRequest, ServerCallContext, Task<GetImageResponse>> Get { get; set; } =
        (request, _) => Task.FromResult(new GetImageResponse { Image = new Image { Name = request.Name } });
}

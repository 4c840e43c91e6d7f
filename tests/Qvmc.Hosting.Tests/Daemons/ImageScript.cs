using Grpc.Core;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Hosting.Tests.Daemons;

public sealed class ImageScript
{
    public Func<GetImageRequest, ServerCallContext, Task<GetImageResponse>> Get { get; set; } =
        (request, _) => Task.FromResult(new GetImageResponse { Image = new Image { Name = request.Name } });

    /// <summary>The first piece of an upload has come.</summary>
    public TaskCompletionSource Came { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How many pieces of exports were taken.</summary>
    public int Taken;

    /// <summary>How an export ended that was not taken.</summary>
    public TaskCompletionSource<Exception> Untaken { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What the handler of an upload that broke off was told.</summary>
    public TaskCompletionSource<Exception> Broken { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

using Grpc.Core;
using Qvmc.Faults.Harness;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Faults.Scenarios;

/// <summary>The deletion of an image that nobody uses.</summary>
public sealed class ImageDeleting(FaultCluster cluster) : ImageScenario(cluster)
{
    public override Task PrepareAsync() => Cluster.UploadAsync(Name, Bytes);

    public override Task ActAsync() => DeleteAsync();

    public override async Task CheckAsync()
    {
        var gone = await Assert.ThrowsAsync<RpcException>(
            () => Cluster.Images.GetImageAsync(new GetImageRequest { Name = Name }, FaultCluster.Within()).ResponseAsync);
        Assert.Equal(StatusCode.NotFound, gone.StatusCode);
    }
}

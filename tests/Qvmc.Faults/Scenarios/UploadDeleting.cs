using Grpc.Core;
using Qvmc.Faults.Harness;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Faults.Scenarios;

/// <summary>An upload in parts that is given up half-way.</summary>
public sealed class UploadDeleting(FaultCluster cluster) : Uploading(cluster)
{
    public override async Task PrepareAsync()
    {
        await BeginAsync();
        await AppendAsync(0, 512 << 10);
    }

    public override Task ActAsync() => ClientCalls.GoneAsync(
        () => Cluster.Images.DeleteUploadAsync(new DeleteUploadRequest { Id = Id }, FaultCluster.Within()).ResponseAsync);

    public override async Task CheckAsync()
    {
        var gone = await Assert.ThrowsAsync<RpcException>(
            () => Cluster.Images.GetUploadAsync(new GetUploadRequest { Id = Id }, FaultCluster.Within()).ResponseAsync);
        Assert.Equal(StatusCode.NotFound, gone.StatusCode);
    }
}

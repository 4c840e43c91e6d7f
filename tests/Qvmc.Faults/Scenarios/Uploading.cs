using Google.Protobuf;
using Grpc.Core;
using Qvmc.Faults.Harness;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Faults.Scenarios;

/// <summary>An upload in parts, gone on with from where it is.</summary>
public class Uploading(FaultCluster cluster) : ImageScenario(cluster)
{
    protected string Id { get; private set; } = "";

    public override async Task ActAsync()
    {
        await BeginAsync();
        var offset = (await Cluster.Images.GetUploadAsync(new GetUploadRequest { Id = Id }, FaultCluster.Within())).Upload.Offset;
        while (offset < (ulong)Bytes.Length)
        {
            offset = await AppendAsync(offset, 512 << 10);
        }

        // Whoever repeats the end hears how it ended.
        await AppendAsync(offset, 0);
    }

    public override async Task CleanAsync()
    {
        await ClientCalls.GoneAsync(() => Cluster.Images.DeleteUploadAsync(new DeleteUploadRequest { Id = Id }, FaultCluster.Within()).ResponseAsync);
        await base.CleanAsync();
    }

    protected async Task BeginAsync()
    {
        if (Id.Length == 0)
        {
            var header = new UploadHeader { Name = Name, Format = ImageFormat.Raw, SizeBytes = (ulong)Bytes.Length };
            Id = (await Cluster.Images.CreateUploadAsync(new CreateUploadRequest { Header = header }, FaultCluster.Within())).Upload.Id;
        }
    }

    protected async Task<ulong> AppendAsync(ulong offset, int count)
    {
        using var call = Cluster.Images.AppendUpload(FaultCluster.Within());
        try
        {
            await call.RequestStream.WriteAsync(new AppendUploadRequest { Place = new UploadPlace { Id = Id, Offset = offset } });
            foreach (var chunk in Bytes.Skip((int)offset).Take(count).Chunk(64 << 10))
            {
                await call.RequestStream.WriteAsync(new AppendUploadRequest { Chunk = ByteString.CopyFrom(chunk) });
            }

            await call.RequestStream.CompleteAsync();
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException or IOException)
        {
            // The answer says why the stream was ended.
        }

        return (await call).Upload.Offset;
    }
}

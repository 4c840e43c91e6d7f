using Google.Protobuf;
using Grpc.Core;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Faults.Harness;

/// <summary>Calls of more than one message.</summary>
public static class ClientCalls
{
    /// <summary>Uploads an image in one stream.</summary>
    public static async Task UploadAsync(this FaultCluster cluster, string name, byte[] bytes, ImageFormat format = ImageFormat.Raw)
    {
        using var call = cluster.Images.UploadImage(FaultCluster.Within());
        try
        {
            await call.RequestStream.WriteAsync(new UploadImageRequest
            {
                Header = new UploadHeader { Name = name, Format = format, SizeBytes = (ulong)bytes.Length },
            });
            foreach (var chunk in bytes.Chunk(64 << 10))
            {
                await call.RequestStream.WriteAsync(new UploadImageRequest { Chunk = ByteString.CopyFrom(chunk) });
            }

            await call.RequestStream.CompleteAsync();
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException or IOException)
        {
            // The answer says why the stream was ended.
        }

        await call;
    }

    /// <summary>Every instance.</summary>
    public static async Task<IReadOnlyList<Instance>> ListAsync(this FaultCluster cluster) =>
        [.. (await cluster.Client.ListAsync(new ListRequest(), FaultCluster.Within())).Instances];

    /// <summary>Follows one instance until it is as wanted.</summary>
    public static async Task<Instance> SeeAsync(this FaultCluster cluster, string name, Func<Instance, bool> wanted, string what) =>
        await cluster.FollowAsync(name, wanted, what) ?? throw new InvalidOperationException($"{name} is gone");

    /// <summary>Follows one instance until it is as wanted or gone.</summary>
    public static Task SettleAsync(this FaultCluster cluster, string name, Func<Instance, bool> wanted) =>
        cluster.FollowAsync(name, wanted, "what it is wanted to be");

    private static async Task<Instance?> FollowAsync(this FaultCluster cluster, string name, Func<Instance, bool> wanted, string what)
    {
        Instance? last = null;
        try
        {
            using var call = cluster.Client.Watch(new WatchRequest { Filter = new InstanceFilter { Names = { name } } }, FaultCluster.Within());
            await foreach (var told in call.ResponseStream.ReadAllAsync())
            {
                if (told.Type == WatchEventType.Deleted || (told.Type == WatchEventType.Synced && last is null))
                {
                    return null;
                }

                if (told.Instance is { } instance)
                {
                    last = instance;
                    if (wanted(instance))
                    {
                        return instance;
                    }
                }
            }
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.DeadlineExceeded)
        {
        }

        throw new TimeoutException($"{name} did not become {what}; it is {last}");
    }

    /// <summary>Makes a call whose object may be gone already.</summary>
    public static async Task GoneAsync(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.NotFound)
        {
        }
    }
}

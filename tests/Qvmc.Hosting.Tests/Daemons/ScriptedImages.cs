using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Qvmc.Hosting.ByteChannels;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Hosting.Tests.Daemons;

/// <summary>A service whose calls do what a test says.</summary>
public sealed class ScriptedImages(ImageScript script, ByteChannelServer channels) : ImageService.ImageServiceBase
{
    public override Task<GetImageResponse> GetImage(GetImageRequest request, ServerCallContext context) => script.Get(request, context);

    /// <summary>Has no end: who takes nothing of it is never done.</summary>
    public override async Task ExportImage(ExportImageRequest request, IServerStreamWriter<ExportImageResponse> responseStream, ServerCallContext context)
    {
        try
        {
            while (true)
            {
                await responseStream.WriteAsync(new ExportImageResponse { Chunk = ByteString.CopyFrom(new byte[64 << 10]) }, context.CancellationToken);
                Interlocked.Increment(ref script.Taken);
            }
        }
        catch (Exception e)
        {
            script.Untaken.TrySetResult(e);
            throw;
        }
    }

    public override async Task<UploadImageResponse> UploadImage(IAsyncStreamReader<UploadImageRequest> requestStream, ServerCallContext context)
    {
        await using var requests = channels.Read(requestStream);
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        ulong size = 0;
        try
        {
            await foreach (var part in requests.ReadAllAsync(context.CancellationToken))
            {
                size += (ulong)part.Chunk.Length;
                sha.AppendData(part.Chunk.Span);
                script.Came.TrySetResult();
            }
        }
        catch (Exception e)
        {
            script.Broken.TrySetResult(e);
            throw;
        }
        return new UploadImageResponse { Image = new Image { SizeBytes = size, Digest = Convert.ToHexStringLower(sha.GetHashAndReset()) } };
    }
}

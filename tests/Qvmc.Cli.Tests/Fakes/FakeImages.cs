using System.Security.Cryptography;
using Grpc.Core;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Cli.Tests.Fakes;

/// <summary>Takes uploads and remembers what came.</summary>
public sealed class FakeImages : ImageService.ImageServiceBase
{
    public UploadHeader? Header { get; private set; }

    public List<int> Chunks { get; } = [];

    /// <summary>Refuses after so many bytes.</summary>
    public int? RefuseAfter { get; set; }

    public override async Task<UploadImageResponse> UploadImage(IAsyncStreamReader<UploadImageRequest> requestStream, ServerCallContext context)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var size = 0UL;
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
        {
            if (request.Header is { } header)
            {
                Header = header;
                continue;
            }

            Chunks.Add(request.Chunk.Length);
            hash.AppendData(request.Chunk.Span);
            size += (ulong)request.Chunk.Length;
            if (size > (ulong)(RefuseAfter ?? int.MaxValue))
            {
                throw new RpcException(new Status(StatusCode.ResourceExhausted, "the image store is full"));
            }
        }

        var digest = "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset());
        return new UploadImageResponse { Image = new Image { Name = Header!.Name, Digest = digest, SizeBytes = size, Format = ImageFormat.Raw } };
    }
}

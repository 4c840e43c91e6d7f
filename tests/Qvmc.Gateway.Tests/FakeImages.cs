using System.Security.Cryptography;
using Grpc.Core;
using Qvmc.Core.Faults;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Gateway.Tests;

/// <summary>The fake controller's images.</summary>
public sealed class FakeImages(FakeController fake) : ImageService.ImageServiceBase
{
    public override Task<ImportImageResponse> ImportImage(ImportImageRequest request, ServerCallContext context)
    {
        fake.Requests.Enqueue(request);
        return Task.FromResult(new ImportImageResponse { Image = new Image { Name = request.Name } });
    }

    public override async Task<UploadImageResponse> UploadImage(IAsyncStreamReader<UploadImageRequest> requestStream, ServerCallContext context)
    {
        await requestStream.MoveNext(context.CancellationToken);
        fake.Upload = requestStream.Current.Header;
        fake.Arrived.Release();
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        ulong size = 0;
        try
        {
            await foreach (var part in requestStream.ReadAllAsync(context.CancellationToken))
            {
                sha.AppendData(part.Chunk.Span);
                size += (ulong)part.Chunk.Length;
                if (Interlocked.Add(ref fake.Received, part.Chunk.Length) > fake.RefuseUploadAfter)
                {
                    throw new FaultException(FaultCode.ResourceExhausted, "the disk is full");
                }
            }
        }
        catch (Exception) when (context.CancellationToken.IsCancellationRequested)
        {
            fake.Cancelled.Release();
            throw;
        }
        fake.Kept.Add(fake.Upload.Name);
        return new UploadImageResponse { Image = new Image { Name = fake.Upload.Name, SizeBytes = size, Digest = $"sha256:{Convert.ToHexStringLower(sha.GetHashAndReset())}" } };
    }
}

using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Qvmc.Core.Faults;
using Qvmc.Hosting.ByteChannels;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Gateway.Tests;

/// <summary>The fake controller's images.</summary>
public sealed class FakeImages(FakeController fake, ByteChannelServer channels) : ImageService.ImageServiceBase
{
    public override Task<ImportImageResponse> ImportImage(ImportImageRequest request, ServerCallContext context)
    {
        fake.Requests.Enqueue(request);
        return Task.FromResult(new ImportImageResponse { Image = new Image { Name = request.Name } });
    }

    public override async Task<UploadImageResponse> UploadImage(IAsyncStreamReader<UploadImageRequest> requestStream, ServerCallContext context)
    {
        await using var requests = channels.Read(requestStream);
        await requests.MoveNext(context.CancellationToken);
        fake.Upload = requests.Current.Header;
        fake.Arrived.Release();
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        ulong size = 0;
        try
        {
            await foreach (var part in requests.ReadAllAsync(context.CancellationToken))
            {
                sha.AppendData(part.Chunk.Span);
                size += (ulong)part.Chunk.Length;
                if (Interlocked.Add(ref fake.Received, part.Chunk.Length) > fake.RefuseUploadAfter)
                {
                    throw new FaultException(FaultCode.ResourceExhausted, "the disk is full");
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException || context.CancellationToken.IsCancellationRequested)
        {
            fake.Cancelled.Release();
            throw;
        }
        fake.Kept.Add(fake.Upload.Name);
        return new UploadImageResponse { Image = new Image { Name = fake.Upload.Name, SizeBytes = size, Digest = $"sha256:{Convert.ToHexStringLower(sha.GetHashAndReset())}" } };
    }

    public override Task<PullImageResponse> PullImage(PullImageRequest request, ServerCallContext context) => AnswerAsync(request, new PullImageResponse { Image = new Image { Name = request.Name } });

    public override Task<SearchImagesResponse> SearchImages(SearchImagesRequest request, ServerCallContext context) => AnswerAsync(request, new SearchImagesResponse());

    public override Task<ListImagesResponse> ListImages(ListImagesRequest request, ServerCallContext context) => AnswerAsync(request, new ListImagesResponse());

    public override Task<GetImageResponse> GetImage(GetImageRequest request, ServerCallContext context) => AnswerAsync(request, new GetImageResponse { Image = new Image { Name = request.Name } });

    public override Task<DeleteImageResponse> DeleteImage(DeleteImageRequest request, ServerCallContext context) => AnswerAsync(request, new DeleteImageResponse());

    public override Task<PruneImagesResponse> PruneImages(PruneImagesRequest request, ServerCallContext context) => AnswerAsync(request, new PruneImagesResponse());

    public override async Task WatchImages(WatchImagesRequest request, IServerStreamWriter<WatchImagesResponse> responseStream, ServerCallContext context)
    {
        fake.Requests.Enqueue(request);
        await foreach (var response in fake.ImageEvents.Reader.ReadAllAsync(context.CancellationToken))
        {
            await responseStream.WriteAsync(response, context.CancellationToken);
        }
    }

    public override async Task VerifyImage(VerifyImageRequest request, IServerStreamWriter<VerifyImageResponse> responseStream, ServerCallContext context)
    {
        fake.Requests.Enqueue(request);
        await responseStream.WriteAsync(new VerifyImageResponse { Verdict = ImageVerdict.Damaged, Message = "import it again" }, context.CancellationToken);
    }

    public override async Task ExportImage(ExportImageRequest request, IServerStreamWriter<ExportImageResponse> responseStream, ServerCallContext context)
    {
        fake.Requests.Enqueue(request);
        if (request.Name == "nosuch")
        {
            throw new FaultException(FaultCode.NotFound, "there is no image \"nosuch\"");
        }
        var image = new Image { Name = "debian:12", Digest = FakeUpload.DigestOf(fake.Content), SizeBytes = (ulong)fake.Content.Length, Format = ImageFormat.Qcow2 };
        try
        {
            await responseStream.WriteAsync(new ExportImageResponse { Image = image }, context.CancellationToken);
            var rest = fake.Content.AsMemory((int)request.Offset);
            rest = request.Length == 0 ? rest : rest[..(int)Math.Min(request.Length, (ulong)rest.Length)];
            while (!rest.IsEmpty)
            {
                var piece = rest[..Math.Min(rest.Length, 100_000)];
                if (Interlocked.Add(ref fake.Exported, piece.Length) > fake.FailExportAfter)
                {
                    throw new FaultException(FaultCode.Internal, "the disk is broken");
                }
                await responseStream.WriteAsync(new ExportImageResponse { Chunk = UnsafeByteOperations.UnsafeWrap(piece) }, context.CancellationToken);
                rest = rest[piece.Length..];
            }
        }
        catch (Exception e) when (e is OperationCanceledException || context.CancellationToken.IsCancellationRequested)
        {
            fake.Cancelled.Release();
            throw;
        }
    }

    public override Task<CreateUploadResponse> CreateUpload(CreateUploadRequest request, ServerCallContext context)
    {
        fake.Requests.Enqueue(request);
        return Task.FromResult(new CreateUploadResponse { Upload = FakeUpload.Create(fake, request.Header).View() });
    }

    public override Task<GetUploadResponse> GetUpload(GetUploadRequest request, ServerCallContext context) =>
        Task.FromResult(new GetUploadResponse { Upload = FakeUpload.Find(fake, request.Id).View() });

    public override Task<DeleteUploadResponse> DeleteUpload(DeleteUploadRequest request, ServerCallContext context)
    {
        FakeUpload.Find(fake, request.Id);
        fake.Uploads.Remove(request.Id, out _);
        return Task.FromResult(new DeleteUploadResponse());
    }

    public override async Task<AppendUploadResponse> AppendUpload(IAsyncStreamReader<AppendUploadRequest> requestStream, ServerCallContext context)
    {
        await using var requests = channels.Read(requestStream);
        await requests.MoveNext(context.CancellationToken);
        var place = requests.Current.Place;
        var upload = FakeUpload.Find(fake, place.Id);
        fake.Arrived.Release();
        var image = await upload.AppendAsync(place.Offset, requests, context.CancellationToken);
        return new AppendUploadResponse { Upload = upload.View(), Image = image };
    }

    private Task<T> AnswerAsync<T>(IMessage request, T response)
    {
        fake.Requests.Enqueue(request);
        return Task.FromResult(response);
    }
}

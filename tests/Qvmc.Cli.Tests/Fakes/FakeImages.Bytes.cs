using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Cli.Tests.Fakes;

// Uploads in parts and exports, whose connections break where a test says.
public sealed partial class FakeImages
{
    private const string UploadId = "abcdefghijklmnopqrstuvwxyz";

    private readonly MemoryStream _received = new();

    /// <summary>Serves uploads in one go only, as older controllers do.</summary>
    public bool IsOld { get; set; }

    /// <summary>Takes open files; else they have to be sent.</summary>
    public Func<ImportOpenFileRequest, IEnumerable<ImportOpenFileResponse>>? OnImportOpen { get; set; }

    /// <summary>The connection of an append breaks after so many bytes of it, one for each attempt; then none breaks.</summary>
    public Queue<int> BreakAppends { get; } = new();

    /// <summary>The connection breaks after the last byte came and before the answer.</summary>
    public bool BreakAnswer { get; set; }

    /// <summary>After so many bytes an append takes no more, and does not answer.</summary>
    public int? HangAfter { get; set; }

    /// <summary>Before a connection breaks, this is waited for.</summary>
    public Func<Task>? BeforeBreak { get; set; }

    /// <summary>Where each append began.</summary>
    public List<ulong> Offsets { get; } = [];

    public int UploadsDeleted { get; private set; }

    public byte[] Received => _received.ToArray();

    /// <summary>What is exported.</summary>
    public byte[] Content { get; set; } = [];

    /// <summary>The connection of an export breaks after so many bytes of it, one for each attempt.</summary>
    public Queue<int> BreakExports { get; } = new();

    public List<ExportImageRequest> Exports { get; } = [];

    public override async Task ImportOpenFile(ImportOpenFileRequest request, IServerStreamWriter<ImportOpenFileResponse> responseStream, ServerCallContext context)
    {
        if (OnImportOpen is null)
        {
            throw new RpcException(new Status(StatusCode.PermissionDenied, "upload the image instead"));
        }

        foreach (var response in OnImportOpen(request))
        {
            await responseStream.WriteAsync(response);
        }
    }

    public override Task<CreateUploadResponse> CreateUpload(CreateUploadRequest request, ServerCallContext context)
    {
        if (IsOld)
        {
            throw new RpcException(new Status(StatusCode.Unimplemented, "not here"));
        }

        Header = request.Header;
        return Task.FromResult(new CreateUploadResponse { Upload = Upload() });
    }

    public override Task<GetUploadResponse> GetUpload(GetUploadRequest request, ServerCallContext context) => Header is not null && request.Id == UploadId
        ? Task.FromResult(new GetUploadResponse { Upload = Upload() })
        : throw new RpcException(new Status(StatusCode.NotFound, "there is no such upload"));

    public override Task<DeleteUploadResponse> DeleteUpload(DeleteUploadRequest request, ServerCallContext context)
    {
        UploadsDeleted++;
        return Task.FromResult(new DeleteUploadResponse());
    }

    public override async Task<AppendUploadResponse> AppendUpload(IAsyncStreamReader<AppendUploadRequest> requestStream, ServerCallContext context)
    {
        var left = BreakAppends.TryDequeue(out var some) ? some : int.MaxValue;
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
        {
            if (request.Place is { } place)
            {
                Offsets.Add(place.Offset);
                if (place.Offset != (ulong)_received.Length)
                {
                    throw new RpcException(new Status(StatusCode.Aborted, $"the upload is at {_received.Length}"));
                }

                continue;
            }

            var count = Math.Min(left, request.Chunk.Length);
            _received.Write(request.Chunk.Span[..count]);
            left -= count;
            if (left == 0)
            {
                await BreakAsync(context);
            }

            if (_received.Length >= HangAfter)
            {
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
            }

            if (_received.Length > (RefuseAfter ?? int.MaxValue))
            {
                throw Refusal();
            }
        }

        var image = Arrived(Header!.Name, SHA256.HashData(Received), (ulong)_received.Length);
        if (BreakAnswer)
        {
            _images[image.Name] = image;
            Header = null;
            await BreakAsync(context);
        }

        return new AppendUploadResponse { Upload = Upload(), Image = image };
    }

    public override async Task ExportImage(ExportImageRequest request, IServerStreamWriter<ExportImageResponse> responseStream, ServerCallContext context)
    {
        const int chunk = 64 << 10;
        Exports.Add(request);
        await responseStream.WriteAsync(new ExportImageResponse { Image = _images.Values.First(image => request.Name == image.Name || request.Name == image.Digest) });
        var left = BreakExports.TryDequeue(out var some) ? some : int.MaxValue;
        for (var offset = (int)request.Offset; offset < Content.Length;)
        {
            var count = Math.Min(chunk, Math.Min(left, Content.Length - offset));
            await responseStream.WriteAsync(new ExportImageResponse { Chunk = ByteString.CopyFrom(Content, offset, count) });
            (offset, left) = (offset + count, left - count);
            if (left == 0)
            {
                await BreakAsync(context);
            }
        }
    }

    // Ends the stream without a word, as a connection that breaks does.
    private async Task BreakAsync(ServerCallContext context)
    {
        await (BeforeBreak?.Invoke() ?? Task.CompletedTask);
        context.GetHttpContext().Abort();
        await Task.Delay(Timeout.Infinite, context.CancellationToken);
    }

    private Upload Upload() => new() { Id = UploadId, Header = Header, Offset = (ulong)_received.Length };
}

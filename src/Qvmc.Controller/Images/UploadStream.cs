using Google.Protobuf;
using Grpc.Core;
using Qvmc.Core.Faults;
using Qvmc.Images.Intake;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Controller.Images;

/// <summary>The bytes of an upload as a stream: what comes after its header.</summary>
internal sealed class UploadStream(IAsyncStreamReader<UploadImageRequest> requests) : ForwardStream
{
    private const int MaxChunk = 1 << 20;

    private ReadOnlyMemory<byte> _rest;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_rest.IsEmpty)
        {
            if (!await requests.MoveNext(cancellationToken))
            {
                return 0;
            }

            _rest = Chunk(requests.Current);
        }

        var count = Math.Min(buffer.Length, _rest.Length);
        _rest[..count].CopyTo(buffer);
        _rest = _rest[count..];
        return count;
    }

    /// <summary>The bytes of a chunk, unless it is too large.</summary>
    internal static ReadOnlyMemory<byte> Check(ByteString chunk) => chunk.Length <= MaxChunk
        ? chunk.Memory
        : throw FaultException.Invalid([new FieldFault("chunk", $"has {chunk.Length} bytes: at most {MaxChunk}")]);

    private static ReadOnlyMemory<byte> Chunk(UploadImageRequest request) => request.PartCase switch
    {
        UploadImageRequest.PartOneofCase.Chunk => Check(request.Chunk),
        UploadImageRequest.PartOneofCase.Header =>
            throw FaultException.Invalid([new FieldFault("header", "comes a second time: only the first message is a header")]),
        UploadImageRequest.PartOneofCase.Channel or UploadImageRequest.PartOneofCase.None =>
            throw FaultException.Invalid([new FieldFault("chunk", "is missing: after the header, each message brings bytes")]),
    };
}

using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Qvmc.Gateway.Streams;
using Qvmc.Hosting.Chunks;

namespace Qvmc.Gateway.Downloads;

/// <summary>Passes bytes from the controller on to a client, no faster than it takes them.</summary>
/// <param name="http">The client's request.</param>
/// <param name="time">The clock.</param>
/// <param name="limit">So long the client may take nothing; then it is cut off.</param>
internal sealed class ResponsePieces(HttpContext http, TimeProvider time, TimeSpan limit)
{
    /// <summary>A method whose responses are mostly chunks.</summary>
    public static Method<TRequest, TResponse> Method<TRequest, TResponse>(
        MethodDescriptor method, MessageParser<TRequest> requests, MessageParser<TResponse> responses, int chunk, Func<ByteString, TResponse> ofChunk)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> =>
        new(
            MethodType.ServerStreaming,
            method.Service.FullName,
            method.Name,
            Marshallers.Create<TRequest>(ChunkMarshaller.Write, context => requests.ParseFrom(context.PayloadAsReadOnlySequence())),
            ChunkMarshaller.Of(responses, chunk, ofChunk));

    /// <summary>Copies what comes. A client that leaves ends the call; a call that fails breaks the answer off, so that nobody takes it for whole.</summary>
    public async Task CopyAsync<T>(IAsyncStreamReader<T> pieces, Func<T, ByteString> bytes, CancellationToken ct)
    {
        try
        {
            while (await pieces.MoveNext(ct))
            {
                var piece = bytes(pieces.Current);
                await ClientWrite.WithinAsync(http, piece.Memory, limit, time, ct);
                ChunkMarshaller.Return(piece);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or RpcException && ct.IsCancellationRequested)
        {
            // The client has left, or we stop: then it sees that this is not whole, and goes on later with a range.
            http.Abort();
        }
    }
}

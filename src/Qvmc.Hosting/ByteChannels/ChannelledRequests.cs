using Google.Protobuf;
using Grpc.Core;
using Qvmc.Core.Faults;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Hosting.ByteChannels;

/// <summary>
/// A stream of requests whose bytes may come through a channel: to its reader they are chunks, as if they had come with
/// the call. A chunk that is to be kept beyond the next must be copied.
/// </summary>
/// <param name="requests">What comes with the call.</param>
/// <param name="channel">What a request says of a channel; null: nothing.</param>
/// <param name="ofChunk">Makes a request of a chunk.</param>
/// <param name="server">Has the channels.</param>
public sealed class ChannelledRequests<T>(IAsyncStreamReader<T> requests, Func<T, ByteChannel?> channel, Func<ByteString, T> ofChunk, ByteChannelServer server)
    : IAsyncStreamReader<T>, IAsyncDisposable
    where T : class
{
    private IncomingBytes? _bytes;
    private T? _current;
    private bool _ended;

    /// <inheritdoc/>
    public T Current => _current ?? throw new InvalidOperationException("there is no request");

    /// <inheritdoc/>
    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        _current = null;
        if (_bytes is null)
        {
            if (!await requests.MoveNext(cancellationToken))
            {
                return false;
            }
            if (channel(requests.Current) is not { } named)
            {
                _current = requests.Current;
                return true;
            }
            _bytes = await server.TakeAsync(named.Name, cancellationToken);
        }
        if (_ended)
        {
            return false;
        }
        if (await _bytes.ReadAsync(cancellationToken) is { Length: > 0 } piece)
        {
            _current = ofChunk(UnsafeByteOperations.UnsafeWrap(piece));
            return true;
        }
        await EndAsync(_bytes.Count, cancellationToken);
        _ended = true;
        return false;
    }

    /// <summary>Closes the channel, so that who is still sending hears that nobody listens.</summary>
    public ValueTask DisposeAsync() => _bytes?.DisposeAsync() ?? ValueTask.CompletedTask;

    // A connection that is closed looks the same whether all was sent or its process was killed.
    private async Task EndAsync(ulong came, CancellationToken ct)
    {
        if (!await requests.MoveNext(ct) || channel(requests.Current) is not { HasSentBytes: true } end)
        {
            throw new FaultException(FaultCode.Unavailable, $"the channel was closed after {came} bytes, and nothing said that these are all: send them again");
        }
        if (end.SentBytes != came)
        {
            throw new FaultException(FaultCode.Unavailable, $"{end.SentBytes} bytes were sent through the channel, and {came} came: send them again");
        }
    }
}

using Google.Protobuf;
using Grpc.Core;

namespace Qvmc.Hosting.Chunks;

/// <summary>
/// A stream of messages that <see cref="ChunkMarshaller"/> reads: the array of each is given back when the next is asked
/// for. A chunk that is to be kept for longer must be copied.
/// </summary>
/// <param name="messages">The messages.</param>
/// <param name="chunk">The chunk of one; an empty one where there is none.</param>
public sealed class ChunkReader<T>(IAsyncStreamReader<T> messages, Func<T, ByteString> chunk) : IAsyncStreamReader<T>
    where T : class
{
    private T? _current;

    /// <inheritdoc/>
    public T Current => _current ?? throw new InvalidOperationException("there is no message");

    /// <inheritdoc/>
    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _current, null) is { } read)
        {
            ChunkMarshaller.Return(chunk(read));
        }
        if (!await messages.MoveNext(cancellationToken))
        {
            return false;
        }
        _current = messages.Current;
        return true;
    }
}

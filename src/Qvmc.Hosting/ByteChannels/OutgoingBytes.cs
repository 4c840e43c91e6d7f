using System.Net.Security;
using System.Net.Sockets;

namespace Qvmc.Hosting.ByteChannels;

/// <summary>
/// A channel that is being sent through. Whether what was sent is all, the call says; until that has ended the channel
/// must be kept.
/// </summary>
public sealed class OutgoingBytes : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly Stream _stream;

    internal OutgoingBytes(string name, Socket socket, Stream stream) => (Name, _socket, _stream) = (name, socket, stream);

    /// <summary>By what the call names it.</summary>
    public string Name { get; }

    /// <summary>How many bytes were sent.</summary>
    public ulong Sent { get; private set; }

    /// <summary>Sends.</summary>
    /// <exception cref="IOException">The other side has closed it.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        await _stream.WriteAsync(bytes, ct);
        Sent += (ulong)bytes.Length;
    }

    /// <summary>No more comes.</summary>
    /// <exception cref="IOException">The other side has closed it.</exception>
    public async Task EndAsync()
    {
        if (_stream is SslStream tls)
        {
            await tls.ShutdownAsync();
        }
        try
        {
            // Not closed yet: what the other side has sent (TLS does) and nobody has read would make a reset of that,
            // and whoever is reset forgets what he has not read.
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _stream.DisposeAsync();
}

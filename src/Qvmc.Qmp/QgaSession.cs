using System.Net.Sockets;

namespace Qvmc.Qmp;

/// <summary>
/// A connection to the socket behind which a guest's agent may listen (QEMU's chardev, wired to a virtio-serial port).
/// </summary>
/// <remarks>
/// <para>
/// The connection says nothing of the agent: it stands before the guest has booted, stays when the agent restarts, and
/// carries what either side left unread. So a session gets into step (QgaSession.Sync) before its first command and
/// after whatever went wrong, and only QEMU's end or <see cref="DisposeAsync"/> ends it.
/// </para>
/// <para>
/// The agent does one command at a time, and so does the session: callers take turns. Nothing is read between
/// commands, so a guest that sends unasked fills QEMU's buffer and not ours. QEMU's VSERPORT_CHANGE event tells when an
/// agent opens its port; before that there is little point in asking.
/// </para>
/// <para>
/// A guest is hostile. Whatever it sends, sizes and types are checked, and the worst it can do is to make its own
/// commands fail with a <see cref="QgaException"/>.
/// </para>
/// </remarks>
public sealed partial class QgaSession : IAsyncDisposable
{
    private readonly Stream _stream;
    private readonly QgaOptions _options;
    private readonly MessageReader _reader;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly CancellationTokenSource _disposing = new();
    private int _disposed;

    private QgaSession(Stream stream, QgaOptions options)
    {
        _stream = stream;
        _options = options;
        _reader = new MessageReader(stream, options.MaxMessageBytes, options.MaxDepth, sentinel: true);
    }

    /// <summary>Connects to the socket. Succeeds whether or not an agent runs: see <see cref="PingAsync"/>.</summary>
    /// <param name="socketPath">The socket that QEMU listens on.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <param name="ct">Gives up.</param>
    /// <exception cref="QgaDisconnectedException">Nobody listens there, or we may not connect.</exception>
    public static async Task<QgaSession> ConnectAsync(string socketPath, QgaOptions? options = null, CancellationToken ct = default)
    {
        try
        {
            return Over(await UnixStream.ConnectAsync(socketPath, ct).ConfigureAwait(false), options);
        }
        catch (SocketException e)
        {
            throw new QgaDisconnectedException("", wasSent: false, $"can't connect to the guest agent's socket {socketPath}: {e.Message}", e);
        }
    }

    /// <summary>Makes a session over a connection that stands, and owns it from now on.</summary>
    /// <param name="stream">Both directions.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    public static QgaSession Over(Stream stream, QgaOptions? options = null) => new(stream, options ?? new QgaOptions());

    /// <summary>Ends the session; commands that wait fail. The agent goes on.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
        {
            return;
        }
        await _disposing.CancelAsync().ConfigureAwait(false);
        _stream.Dispose();
        // Never given back: whoever has it gives up now, and nobody else gets it.
        await _turn.WaitAsync().ConfigureAwait(false);
        await _reader.CompleteAsync().ConfigureAwait(false);
    }
}

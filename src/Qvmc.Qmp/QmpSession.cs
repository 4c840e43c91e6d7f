using System.Threading.Channels;

namespace Qvmc.Qmp;

/// <summary>
/// A live connection to a QEMU's monitor. Any number of callers may use it at once.
/// </summary>
/// <remarks>
/// <para>
/// One loop reads (QmpSession.Receive), commands are written one after the other as they come (QmpSession.Execute).
/// The session ends once, by whatever fails first: a violation of the protocol, a limit, an error of the socket, the
/// peer, or <see cref="DisposeAsync"/>. Then every command that waits fails with that reason, the events end, and
/// <see cref="Closed"/> tells it. Nothing that QEMU sends can do more than that.
/// </para>
/// <para>A session is never mended: connect again.</para>
/// </remarks>
public sealed partial class QmpSession : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Stream _stream;
    private readonly QmpOptions _options;
    private readonly MessageReader _reader;
    private readonly Channel<QmpEvent> _events = Channel.CreateUnbounded<QmpEvent>();
    private readonly TaskCompletionSource<QmpGreeting> _greeting = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<QmpClosed> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _receiving;
    private QmpClosed? _end;

    private QmpSession(Stream stream, QmpOptions options)
    {
        _stream = stream;
        _options = options;
        _reader = new MessageReader(stream, options.MaxMessageBytes, options.MaxDepth, sentinel: false);
        _receiving = Task.Run(ReceiveAsync);
    }

    /// <summary>What QEMU said of itself.</summary>
    public QmpGreeting Greeting { get; private set; } = null!;

    /// <summary>
    /// Every event since the connection was made, in order. Completes, without an error, when the session has ended
    /// and the last event was read. Meant for one reader; see <see cref="QmpOptions.MaxBufferedEvents"/>.
    /// </summary>
    public ChannelReader<QmpEvent> Events => _events.Reader;

    /// <summary>Completes when the session ends, with the reason. Never faults, is never cancelled.</summary>
    public Task<QmpClosed> Closed => _closed.Task;

    /// <summary>Ends the session. QEMU goes on. May be called again, and while commands wait.</summary>
    public async ValueTask DisposeAsync()
    {
        End(QmpClosedReason.Disposed, "the session was disposed");
        await _receiving.ConfigureAwait(false);
    }

    /// <summary>Ends the session unless it has ended: the first reason stays.</summary>
    private void End(QmpClosedReason reason, string message, Exception? cause = null)
    {
        var end = new QmpClosed(reason, message, cause);
        PendingCommand[] waiting;
        lock (_gate)
        {
            if (_end is not null)
            {
                return;
            }
            _end = end;
            waiting = [.. _pending.Values];
            _pending.Clear();
        }
        foreach (var command in waiting)
        {
            command.Fail(new QmpDisconnectedException(command.Command, command.WasSent, end));
        }
        _stream.Dispose();
        // Not on this thread: what waits for it is other people's code.
        _ = _ended.CancelAsync();
        _events.Writer.Complete();
        _greeting.TrySetCanceled(CancellationToken.None);
        _closed.SetResult(end);
    }

    private void Violate(string message) => End(QmpClosedReason.ProtocolViolation, $"QEMU broke the protocol: {message}");
}

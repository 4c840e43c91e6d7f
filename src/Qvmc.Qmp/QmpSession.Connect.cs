using System.Net.Sockets;

namespace Qvmc.Qmp;

public sealed partial class QmpSession
{
    /// <summary>Connects to a monitor's Unix socket and negotiates.</summary>
    /// <param name="socketPath">The socket that QEMU listens on (<c>-qmp unix:PATH,server=on,wait=off</c>).</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <param name="ct">Gives up.</param>
    /// <exception cref="QmpConnectException">No session came about, within the limit of the options.</exception>
    public static async Task<QmpSession> ConnectAsync(string socketPath, QmpOptions? options = null, CancellationToken ct = default)
    {
        options ??= new QmpOptions();
        using var limit = new CancellationTokenSource(options.HandshakeLimit, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        Stream stream;
        try
        {
            stream = await UnixStream.ConnectAsync(socketPath, either.Token).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            var fault = e.SocketErrorCode switch
            {
                SocketError.AccessDenied => QmpConnectFault.Denied,
                // EAGAIN: the queue of waiting clients is full.
                SocketError.WouldBlock => QmpConnectFault.Busy,
                _ => QmpConnectFault.NotListening,
            };
            throw new QmpConnectException(fault, $"can't connect to the QMP socket {socketPath}: {e.Message}", e);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw TimedOut("connecting", options);
        }
        return await NegotiateAsync(stream, options, either.Token, ct).ConfigureAwait(false);
    }

    /// <summary>Negotiates over a connection that stands, and owns it from now on, also when this fails.</summary>
    /// <param name="stream">Both directions to a monitor that hasn't greeted yet.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <param name="ct">Gives up.</param>
    /// <exception cref="QmpConnectException">No session came about, within the limit of the options.</exception>
    public static async Task<QmpSession> ConnectAsync(Stream stream, QmpOptions? options = null, CancellationToken ct = default)
    {
        options ??= new QmpOptions();
        using var limit = new CancellationTokenSource(options.HandshakeLimit, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        return await NegotiateAsync(stream, options, either.Token, ct).ConfigureAwait(false);
    }

    private static async Task<QmpSession> NegotiateAsync(Stream stream, QmpOptions options, CancellationToken limited, CancellationToken ct)
    {
        var session = new QmpSession(stream, options);
        var stage = "waiting for its greeting";
        try
        {
            session.Greeting = await session._greeting.Task.WaitAsync(limited).ConfigureAwait(false);
            stage = "negotiating capabilities";
            // Before this one QEMU refuses every other command and sends no events.
            await session.ExecuteAsync("qmp_capabilities", null, Timeout.InfiniteTimeSpan, limited).ConfigureAwait(false);
            return session;
        }
        catch (Exception e)
        {
            var end = session._end;
            await session.DisposeAsync().ConfigureAwait(false);
            ct.ThrowIfCancellationRequested();
            throw e switch
            {
                QmpCommandException => new QmpConnectException(QmpConnectFault.Refused, $"QEMU refused the negotiation: {e.Message}", e),
                _ when end is not null => new QmpConnectException(QmpConnectFault.Closed, $"no QMP session while {stage}: {end.Message}", end.Cause),
                _ when limited.IsCancellationRequested => TimedOut(stage, options),
                _ => new QmpConnectException(QmpConnectFault.Closed, $"no QMP session while {stage}: {e.Message}", e),
            };
        }
    }

    private static QmpConnectException TimedOut(string stage, QmpOptions options) => new(
        QmpConnectFault.Timeout,
        $"QEMU's monitor did not answer within {options.HandshakeLimit.TotalSeconds:0.###} s (while {stage}); "
        + "either QEMU is stuck, or another client holds the monitor");
}

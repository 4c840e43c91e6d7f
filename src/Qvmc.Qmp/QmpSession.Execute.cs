using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Qvmc.Qmp;

public sealed partial class QmpSession
{
    // Under _gate. A command leaves by its reply, its limit, its caller's cancellation or the session's end.
    private readonly Dictionary<long, PendingCommand> _pending = [];
    // Held while a command is written, and not by its caller: who gives up can't cut a command in half.
    private readonly SemaphoreSlim _writing = new(1, 1);
    private long _lastId;

    /// <summary>Runs a command and gives what it returns.</summary>
    /// <param name="command">Name, e.g. <c>query-status</c>.</param>
    /// <param name="arguments">Its arguments; read before this method first waits.</param>
    /// <param name="limit">
    /// For sending and the reply; null for <see cref="QmpOptions.CommandLimit"/>,
    /// <see cref="Timeout.InfiniteTimeSpan"/> for none.
    /// </param>
    /// <param name="ct">Gives up waiting. A command that was sent may still take effect.</param>
    /// <returns>The value of "return". Stays valid.</returns>
    /// <exception cref="QmpCommandException">QEMU answered with an error.</exception>
    /// <exception cref="QmpTimeoutException">No reply in time; other commands are not affected.</exception>
    /// <exception cref="QmpDisconnectedException">The session has ended.</exception>
    public async Task<JsonElement> ExecuteAsync(
        string command, JsonObject? arguments = null, TimeSpan? limit = null, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(command);
        ct.ThrowIfCancellationRequested();
        var time = limit ?? _options.CommandLimit;
        var pending = new PendingCommand(Interlocked.Increment(ref _lastId), command);
        var bytes = new ArrayBufferWriter<byte>();
        CommandWriter.Write(bytes, command, arguments, pending.Id);
        using var timer = new CancellationTokenSource(time, _options.TimeProvider);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(ct, timer.Token, _ended.Token);
        Register(pending);
        try
        {
            await _writing.WaitAsync(any.Token).ConfigureAwait(false);
            pending.WasSent = true;
            _ = SendAsync(bytes.WrittenMemory);
            return await pending.Reply.WaitAsync(any.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            if (!Forget(pending))
            {
                // The reply, or the end, came while we gave up.
                return await pending.Reply.ConfigureAwait(false);
            }
            ct.ThrowIfCancellationRequested();
            throw new QmpTimeoutException(command, time, pending.WasSent);
        }
    }

    private void Register(PendingCommand pending)
    {
        lock (_gate)
        {
            if (_end is not null)
            {
                throw new QmpDisconnectedException(pending.Command, wasSent: false, _end);
            }
            _pending.Add(pending.Id, pending);
        }
    }

    /// <summary>False when somebody else has it, who completes it.</summary>
    private bool Forget(PendingCommand pending)
    {
        lock (_gate)
        {
            return _pending.Remove(pending.Id);
        }
    }

    private async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await _stream.WriteAsync(bytes, _ended.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _ = EndAfterDrainAsync(e);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>
    /// A QEMU that has gone refuses our bytes while its last events still wait to be read, and they matter more: the
    /// session ends when the receiving does, or after a limit.
    /// </summary>
    private async Task EndAfterDrainAsync(Exception cause)
    {
        try
        {
            await _receiving.WaitAsync(_options.DrainLimit, _options.TimeProvider).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
        }
        End(QmpClosedReason.IoError, $"writing to QEMU's monitor failed: {cause.Message}", cause);
    }
}

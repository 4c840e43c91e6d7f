using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Qvmc.Qmp;

public sealed partial class QgaSession
{
    // Only whoever has the turn touches it: nothing that we didn't ask for can be on its way to us.
    private bool _inStep;

    /// <summary>Runs any command of the agent that replies, and gives what it returns.</summary>
    /// <param name="command">Name, e.g. <c>guest-get-users</c>.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="limit">
    /// For waiting for the turn, getting into step, sending and the reply; null for <see cref="QgaOptions.CommandLimit"/>.
    /// </param>
    /// <param name="ct">Gives up waiting. A command that was sent may still take effect.</param>
    /// <returns>The value of "return": whatever the guest likes, but every string in it can be read.</returns>
    /// <exception cref="QgaCommandException">The agent answered with an error.</exception>
    /// <exception cref="QgaTimeoutException">No answer in time.</exception>
    /// <exception cref="QgaProtocolException">The answer is none.</exception>
    /// <exception cref="QgaDisconnectedException">The connection has ended.</exception>
    public Task<JsonElement> ExecuteAsync(
        string command, JsonObject? arguments = null, TimeSpan? limit = null, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(command);
        var bytes = new ArrayBufferWriter<byte>();
        // No id: agents before QEMU 4.0 take it for an unknown member and refuse the command. There is no need of one
        // either, as only one command is under way.
        CommandWriter.Write(bytes, command, arguments, id: null);
        return TakeTurnAsync(command, limit ?? _options.CommandLimit, async turn =>
        {
            if (!_inStep)
            {
                await SyncAsync(turn).ConfigureAwait(false);
            }
            await SendAsync(bytes.WrittenMemory, turn).ConfigureAwait(false);
            var value = Returned(await ReceiveAsync(turn).ConfigureAwait(false), turn);
            _inStep = true;
            return value;
        }, ct);
    }

    /// <summary>Waits for the turn, works, and makes of whatever stops the work the exception that says so.</summary>
    private async Task<T> TakeTurnAsync<T>(string command, TimeSpan limit, Func<QgaTurn, Task<T>> work, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        using var timer = new CancellationTokenSource(limit, _options.TimeProvider);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(ct, timer.Token, _disposing.Token);
        var turn = new QgaTurn(command, any.Token);
        try
        {
            await _turn.WaitAsync(any.Token).ConfigureAwait(false);
            try
            {
                return await work(turn).ConfigureAwait(false);
            }
            finally
            {
                _turn.Release();
            }
        }
        catch (Exception) when (_disposing.IsCancellationRequested)
        {
            throw new QgaDisconnectedException(command, turn.WasSent, "the session was disposed");
        }
        catch (OperationCanceledException)
        {
            ct.ThrowIfCancellationRequested();
            throw QgaTimeoutException.OfCommand(command, limit, turn.WasSent);
        }
        catch (IOException e)
        {
            throw new QgaDisconnectedException(command, turn.WasSent, $"the connection to the agent's socket failed: {e.Message}", e);
        }
    }

    private async Task SendAsync(ReadOnlyMemory<byte> bytes, QgaTurn turn)
    {
        _inStep = false;
        turn.WasSent = true;
        // May be cut off in the middle by the limit: getting into step makes the agent forget the piece.
        await _stream.WriteAsync(bytes, turn.Cancellation).ConfigureAwait(false);
    }

    private async Task<JsonElement> ReceiveAsync(QgaTurn turn)
    {
        var read = await _reader.ReadAsync(turn.Cancellation).ConfigureAwait(false);
        return read.Kind switch
        {
            MessageKind.Message => read.Element,
            MessageKind.Violation => throw new QgaProtocolException(turn.Command, read.Violation),
            MessageKind.End => throw new QgaDisconnectedException(turn.Command, turn.WasSent, "QEMU closed the agent's socket"),
        };
    }

    private JsonElement Returned(JsonElement reply, QgaTurn turn)
    {
        if (reply.TryGetProperty("return", out var value))
        {
            return value;
        }
        if (!reply.TryGetProperty("error", out var given))
        {
            throw new QgaProtocolException(turn.Command, "it neither returns nor is an error");
        }
        var error = new QgaReply(turn.Command, given);
        var refused = new QgaCommandException(turn.Command, error.Text("class"), error.Words("desc"));
        _inStep = true;
        throw refused;
    }
}

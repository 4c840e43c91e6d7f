using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Qvmc.Qmp;

public sealed partial class QgaSession
{
    /// <summary>
    /// Tells the guest to shut down. Completes when the agent has taken the order: that the guest obeys is told by QMP's
    /// SHUTDOWN or RESET event.
    /// </summary>
    /// <param name="mode">What the guest is to do.</param>
    /// <param name="limit">For the agent to answer that it is there, and then for it to refuse; null for <see cref="QgaOptions.CommandLimit"/>.</param>
    /// <param name="ct">Gives up waiting. An order that was sent may still take effect.</param>
    /// <exception cref="QgaCommandException">The agent refused: the guest stays as it is.</exception>
    /// <exception cref="QgaTimeoutException">There is no agent that answers; nothing was ordered.</exception>
    /// <exception cref="QgaProtocolException">What answers is no agent.</exception>
    /// <exception cref="QgaDisconnectedException">The connection had ended before the order was sent.</exception>
    /// <remarks>
    /// guest-shutdown replies only when it fails, so silence may mean success as well as no agent. Getting into step
    /// before it tells the two apart. A second question behind the order ends the wait early: the agent works in
    /// order, so its answer without an error before it means that the order was taken. And whether the guest, its
    /// agent or QEMU goes away meanwhile, all of it is success.
    /// </remarks>
    public async Task ShutdownAsync(
        QgaShutdownMode mode = QgaShutdownMode.Powerdown, TimeSpan? limit = null, CancellationToken ct = default)
    {
        const string command = "guest-shutdown";
        var arguments = new JsonObject { ["mode"] = mode.ToString().ToLowerInvariant() };
        try
        {
            await TakeTurnAsync(command, limit ?? _options.CommandLimit, async turn =>
            {
                await SyncAsync(turn).ConfigureAwait(false);
                var id = NewSyncId();
                var bytes = new ArrayBufferWriter<byte>();
                CommandWriter.Write(bytes, command, arguments, id: null);
                // Without 0xFF before it, whose error reply would look like a refusal.
                WriteSync(bytes, id);
                await SendAsync(bytes.WrittenMemory, turn).ConfigureAwait(false);
                var reply = await ReceiveAsync(turn).ConfigureAwait(false);
                if (!IsSyncReply(reply, id))
                {
                    RefusedOrUnasked(reply, turn);
                }
                return true;
            }, ct).ConfigureAwait(false);
        }
        catch (QgaTimeoutException e) when (e.WasSent)
        {
        }
        catch (QgaDisconnectedException e) when (e.WasSent && !_disposing.IsCancellationRequested)
        {
        }
    }

    private void RefusedOrUnasked(JsonElement reply, QgaTurn turn)
    {
        try
        {
            Returned(reply, turn);
        }
        finally
        {
            // The second question's answer is still to come.
            _inStep = false;
        }
    }
}

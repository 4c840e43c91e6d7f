using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Qvmc.Qmp;

public sealed partial class QgaSession
{
    // What an earlier client may have left unread is a handful; more is a guest that floods.
    private const int MaxStaleMessages = 10_000;

    /// <summary>
    /// Gets into step with the agent (docs/interop/qmp-spec, "QGA Synchronization"): 0xFF makes it forget a command
    /// that was cut off, it puts another 0xFF before its reply, and whatever comes before the reply that has our
    /// number was meant for somebody else.
    /// </summary>
    private async Task SyncAsync(QgaTurn turn)
    {
        var id = NewSyncId();
        var bytes = new ArrayBufferWriter<byte>();
        // To which a good agent answers with a parse error, which is dropped with the rest.
        bytes.Write([MessageReader.Sentinel]);
        WriteSync(bytes, id);
        _inStep = false;
        await _stream.WriteAsync(bytes.WrittenMemory, turn.Cancellation).ConfigureAwait(false);
        var (stale, staleBytes) = (0, 0L);
        while (true)
        {
            var read = await _reader.ReadAsync(turn.Cancellation).ConfigureAwait(false);
            if (read.Kind == MessageKind.End)
            {
                throw new QgaDisconnectedException(turn.Command, wasSent: false, "QEMU closed the agent's socket");
            }
            if (read.Kind == MessageKind.Message && IsSyncReply(read.Element, id))
            {
                _inStep = true;
                return;
            }
            staleBytes += read.Bytes;
            if (++stale > MaxStaleMessages || staleBytes > 2L * _options.MaxMessageBytes)
            {
                throw new QgaProtocolException("guest-sync-delimited", $"{stale} messages of {staleBytes} bytes came before it that nobody asked for");
            }
        }
    }

    // A whole number that any JSON parser keeps exact.
    private static long NewSyncId() => Random.Shared.NextInt64(1, 1L << 53);

    private static void WriteSync(IBufferWriter<byte> output, long id) =>
        CommandWriter.Write(output, "guest-sync-delimited", new JsonObject { ["id"] = id }, id: null);

    private static bool IsSyncReply(JsonElement message, long id) =>
        message.Property("return", JsonValueKind.Number) is { } number && number.TryGetInt64(out var given) && given == id;
}

using System.Text.Json;
using System.Text.Json.Nodes;

namespace Qvmc.Qmp;

public sealed partial class QgaSession
{
    // Fits a message many times over, and is no burden to a small guest.
    private const int MaxPiece = 64 * 1024;

    /// <summary>Reads a file of the guest, at most so much of its beginning.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxBytes">How much at most.</param>
    /// <param name="ct">Gives up waiting.</param>
    /// <returns>Its bytes; as many as <paramref name="maxBytes"/> when it has more.</returns>
    /// <exception cref="QgaCommandException">
    /// There is no such file (<see cref="QgaCommandException.IsMissingFile"/>), it can't be read, or the agent may not.
    /// </exception>
    /// <exception cref="QgaTimeoutException">The agent did not answer in time.</exception>
    /// <exception cref="QgaProtocolException">The guest's answer can't be used.</exception>
    /// <exception cref="QgaDisconnectedException">The connection has ended.</exception>
    public async Task<byte[]> ReadFileAsync(string path, int maxBytes, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxBytes);
        var handle = await OpenFileAsync(path, ct).ConfigureAwait(false);
        try
        {
            var bytes = await ReadOpenFileAsync(handle, maxBytes, ct).ConfigureAwait(false);
            await CloseFileAsync(handle, ct).ConfigureAwait(false);
            return bytes;
        }
        catch (Exception e) when (e is QgaCommandException or QgaProtocolException)
        {
            await CloseFileAsync(handle, ct).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<byte[]> ReadOpenFileAsync(long handle, int maxBytes, CancellationToken ct)
    {
        const string command = "guest-file-read";
        using var bytes = new MemoryStream();
        while (bytes.Length < maxBytes)
        {
            var count = Math.Min(MaxPiece, maxBytes - (int)bytes.Length);
            var arguments = new JsonObject { ["handle"] = handle, ["count"] = count };
            var reply = new QgaReply(command, await ExecuteAsync(command, arguments, ct: ct).ConfigureAwait(false));
            var piece = reply.Bytes("buf-b64");
            if (piece.Length > count)
            {
                throw reply.Fault($"buf-b64 has {piece.Length} bytes where {count} were asked for");
            }
            bytes.Write(piece);
            // The agent gives less than it was asked for only at the end.
            if (piece.Length < count || reply.Flag("eof"))
            {
                break;
            }
        }
        return bytes.ToArray();
    }

    private async Task<long> OpenFileAsync(string path, CancellationToken ct)
    {
        const string command = "guest-file-open";
        var handle = await ExecuteAsync(command, new JsonObject { ["path"] = path, ["mode"] = "r" }, ct: ct).ConfigureAwait(false);
        return handle.ValueKind == JsonValueKind.Number && handle.TryGetInt64(out var number)
            ? number
            : throw new QgaProtocolException(command, "the handle is no whole number");
    }

    // What goes wrong here concerns the agent alone, which keeps a file open until it ends.
    private async Task CloseFileAsync(long handle, CancellationToken ct)
    {
        try
        {
            await ExecuteAsync("guest-file-close", new JsonObject { ["handle"] = handle }, ct: ct).ConfigureAwait(false);
        }
        catch (QgaException)
        {
        }
    }
}

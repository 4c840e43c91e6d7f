using System.Buffers;
using System.IO.Pipelines;

namespace Qvmc.Qmp;

/// <summary>
/// Splits a byte stream into newline-terminated JSON objects, whatever way it arrives in pieces. QEMU ends each
/// message with CRLF (docs/interop/qmp-spec, "General Definitions") and writes one message per line unless the
/// monitor was asked for pretty printing, which this reader doesn't understand.
/// </summary>
/// <remarks>
/// Never holds more than the limit plus one read. Nothing that the peer sends makes it throw: only the stream's own
/// errors and cancellation do, and after a cancellation the next read goes on where this one was.
/// </remarks>
internal sealed class MessageReader
{
    /// <summary>
    /// Invalid in UTF-8, so it can't be part of a message. The guest agent sends it before a reply to
    /// guest-sync-delimited: whatever came before it on the line belongs to somebody else.
    /// </summary>
    public const byte Sentinel = 0xFF;

    private readonly PipeReader _pipe;
    private readonly int _maxBytes;
    private readonly int _maxDepth;
    private readonly bool _sentinel;
    private long _scanned;
    private bool _skipping;

    /// <param name="stream">Read, never disposed.</param>
    /// <param name="maxBytes">Longest line, without its end.</param>
    /// <param name="maxDepth">Deepest nesting.</param>
    /// <param name="sentinel">Whether <see cref="Sentinel"/> voids what came before it on its line.</param>
    public MessageReader(Stream stream, int maxBytes, int maxDepth, bool sentinel)
    {
        // Zero-byte reads: an idle session holds no buffer.
        _pipe = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 64 * 1024, leaveOpen: true, useZeroByteReads: true));
        _maxBytes = maxBytes;
        _maxDepth = maxDepth;
        _sentinel = sentinel;
    }

    public async ValueTask<MessageRead> ReadAsync(CancellationToken ct)
    {
        while (true)
        {
            var read = await _pipe.ReadAsync(ct).ConfigureAwait(false);
            var buffer = read.Buffer;
            if (Next(ref buffer) is { } message)
            {
                _pipe.AdvanceTo(buffer.Start);
                return message;
            }
            if (read.IsCompleted)
            {
                var rest = buffer.Length;
                _pipe.AdvanceTo(buffer.End);
                _scanned = 0;
                return MessageRead.End(rest);
            }
            _pipe.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    public ValueTask CompleteAsync() => _pipe.CompleteAsync();

    /// <summary>Takes from the front of <paramref name="buffer"/>; null when more has to arrive first.</summary>
    private MessageRead? Next(ref ReadOnlySequence<byte> buffer)
    {
        while (TakeLine(ref buffer, out var line))
        {
            var ofSkipped = _skipping;
            _skipping = false;
            if (_sentinel && AfterSentinel(line) is { } fresh)
            {
                line = fresh;
                ofSkipped = false;
            }
            if (ofSkipped || JsonLine.IsBlank(line))
            {
                continue;
            }
            return line.Length > _maxBytes ? TooLong(line.Length) : JsonLine.Parse(line, _maxDepth);
        }
        return Unfinished(ref buffer);
    }

    private MessageRead? Unfinished(ref ReadOnlySequence<byte> buffer)
    {
        // What comes after a sentinel is wanted, also out of what would be too long with what came before it.
        if (_sentinel && (_skipping || buffer.Length > _maxBytes) && AfterSentinel(buffer) is { } fresh)
        {
            (buffer, _skipping, _scanned) = (fresh, false, fresh.Length);
        }
        if (_skipping)
        {
            buffer = buffer.Slice(buffer.End);
            _scanned = 0;
            return null;
        }
        if (buffer.Length <= _maxBytes)
        {
            return null;
        }
        var length = buffer.Length;
        buffer = buffer.Slice(buffer.End);
        _scanned = 0;
        _skipping = true;
        return TooLong(length);
    }

    private bool TakeLine(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> line)
    {
        // What was searched before isn't searched again: a long line in small pieces would cost the square.
        var newline = buffer.Slice(_scanned).PositionOf((byte)'\n');
        if (newline is null)
        {
            _scanned = buffer.Length;
            line = default;
            return false;
        }
        line = buffer.Slice(0, newline.Value);
        buffer = buffer.Slice(buffer.GetPosition(1, newline.Value));
        _scanned = 0;
        return true;
    }

    private MessageRead TooLong(long bytes) =>
        MessageRead.Fault($"a message is longer than the limit of {_maxBytes} bytes", bytes);

    private static ReadOnlySequence<byte>? AfterSentinel(ReadOnlySequence<byte> bytes)
    {
        ReadOnlySequence<byte>? after = null;
        while (bytes.PositionOf(Sentinel) is { } position)
        {
            bytes = bytes.Slice(bytes.GetPosition(1, position));
            after = bytes;
        }
        return after;
    }
}

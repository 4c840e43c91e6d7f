using System.Net.Sockets;
using System.Text.Json;

namespace Qvmc.Qmp;

public sealed partial class QmpSession
{
    /// <summary>Reads until the session ends, and ends it. Never faults.</summary>
    private async Task ReceiveAsync()
    {
        try
        {
            while (!_ended.IsCancellationRequested)
            {
                var read = await _reader.ReadAsync(_ended.Token).ConfigureAwait(false);
                switch (read.Kind)
                {
                    case MessageKind.Message:
                        Take(read.Element, read.Bytes);
                        break;
                    case MessageKind.Violation:
                        Violate(read.Violation);
                        break;
                    case MessageKind.End:
                        End(QmpClosedReason.PeerClosed, read.Bytes == 0
                            ? "QEMU closed its monitor"
                            : $"QEMU closed its monitor in the middle of a message, {read.Bytes} bytes of which had come");
                        break;
                }
            }
        }
        catch (IOException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            // Closed with bytes of ours unread. A regular end too: QEMU reads its monitor byte by byte and stops
            // behind the brace of "quit", before the newline. What it sent has all been read by now.
            End(QmpClosedReason.PeerClosed, "QEMU closed its monitor");
        }
        catch (Exception e)
        {
            // Also what our own end did to the stream under this loop: then the reason stands already.
            End(QmpClosedReason.IoError, $"reading from QEMU's monitor failed: {e.Message}", e);
        }
        await _reader.CompleteAsync().ConfigureAwait(false);
    }

    private void Take(JsonElement message, long bytes)
    {
        if (message.TryGetProperty("event", out _))
        {
            TakeEvent(message, bytes);
        }
        else if (message.TryGetProperty("return", out var value))
        {
            Answered(message)?.Succeed(value);
        }
        else if (message.TryGetProperty("error", out var error))
        {
            TakeError(message, error);
        }
        else if (message.TryGetProperty("QMP", out var greeting))
        {
            TakeGreeting(greeting);
        }
        else
        {
            Violate("a message is neither greeting, reply nor event");
        }
    }

    private void TakeGreeting(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object || QmpGreeting.From(value) is not { } greeting)
        {
            Violate("its greeting lacks the version or the capabilities");
        }
        else if (!_greeting.TrySetResult(greeting))
        {
            Violate("it greeted twice");
        }
    }

    private void TakeEvent(JsonElement message, long bytes)
    {
        if (bytes > _options.MaxEventBytes)
        {
            Violate($"an event is longer than the limit of {_options.MaxEventBytes} bytes");
        }
        else if (QmpEvent.From(message, _options.TimeProvider.GetUtcNow()) is not { } happened)
        {
            Violate("an event has no name, or data that is no object");
        }
        else if (_events.Reader.Count >= _options.MaxBufferedEvents)
        {
            End(QmpClosedReason.EventOverflow, $"{_options.MaxBufferedEvents} events wait to be read and {happened.Name} found no room");
        }
        else
        {
            _events.Writer.TryWrite(happened);
        }
    }

    private void TakeError(JsonElement message, JsonElement error)
    {
        if (error.ValueKind != JsonValueKind.Object
            || error.Property("class", JsonValueKind.String)?.GetString() is not { } errorClass
            || error.Property("desc", JsonValueKind.String)?.GetString() is not { } description)
        {
            Violate("an error lacks its class or description");
        }
        else if (!message.TryGetProperty("id", out _))
        {
            // It couldn't parse what it received, so it can't say which command that was. Every command of ours has
            // an id and is well-formed: one of them hit a limit of its parser, or the stream is out of step.
            Violate($"it could not parse a command: {description}");
        }
        else if (Answered(message) is { } pending)
        {
            pending.Fail(new QmpCommandException(pending.Command, errorClass, description));
        }
    }

    /// <summary>
    /// Takes the command that a reply belongs to. None when it gave up waiting; and a client should drop what has an
    /// unknown id (docs/interop/qmp-spec, "Commands Responses").
    /// </summary>
    private PendingCommand? Answered(JsonElement message)
    {
        if (message.Property("id", JsonValueKind.Number) is not { } number || !number.TryGetInt64(out var id))
        {
            return null;
        }
        lock (_gate)
        {
            return _pending.Remove(id, out var pending) ? pending : null;
        }
    }
}

using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Qvmc.Testing;

public abstract partial class ScriptedServer
{
    private readonly SemaphoreSlim _writing = new(1, 1);
    private TaskCompletionSource<Socket> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile TaskCompletionSource? _paused;

    /// <summary>Whether 0xFF empties the parser, with an error reply, as in the guest agent.</summary>
    protected virtual bool FlushesAtSentinel => false;

    /// <summary>Completes while a client is connected.</summary>
    public Task ConnectedAsync(CancellationToken ct = default) => _connected.Task.WaitAsync(TimeSpan.FromSeconds(60), ct);

    /// <summary>Takes nothing more out of the socket, until <see cref="ResumeReading"/>; what was read is handled.</summary>
    public void PauseReading() => _paused ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Undoes <see cref="PauseReading"/>.</summary>
    public void ResumeReading() => Interlocked.Exchange(ref _paused, null)?.SetResult();

    /// <summary>Sends bytes as they are; to nobody when no client is connected, or none any more, as QEMU does.</summary>
    public async Task SendRawAsync(ReadOnlyMemory<byte> bytes)
    {
        if (Silent || !_connected.Task.IsCompletedSuccessfully)
        {
            return;
        }
        var socket = await _connected.Task;
        await _writing.WaitAsync();
        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[await socket.SendAsync(bytes, _stop.Token)..];
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Sends text as it is.</summary>
    public Task SendRawAsync(string text) => SendRawAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>Sends a message.</summary>
    public Task SendAsync(JsonObject message) => SendRawAsync(message.ToJsonString() + "\r\n");

    /// <summary>Closes the connection; the next client is served.</summary>
    public async Task CloseConnectionAsync()
    {
        await ConnectedAsync();
        (await _connected.Task).Shutdown(SocketShutdown.Both);
    }

    /// <summary>What is said to each client before it says something.</summary>
    protected virtual Task GreetAsync(CancellationToken ct) => Task.CompletedTask;

    private async Task ServeAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var client = await _listener.AcceptAsync(_stop.Token);
                Clients++;
                _connected.SetResult(client);
                await GreetAsync(_stop.Token);
                await ServeAsync(client);
            }
            catch (Exception e) when (e is SocketException or IOException or OperationCanceledException or ObjectDisposedException)
            {
                // The client left, or this server ends: the next turn tells which.
            }
            _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        var reader = PipeReader.Create(new NetworkStream(client));
        while (true)
        {
            await (_paused?.Task ?? Task.CompletedTask).WaitAsync(_stop.Token);
            var read = await reader.ReadAsync(_stop.Token);
            var buffer = read.Buffer;
            while (buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = buffer.Slice(0, end).ToArray();
                buffer = buffer.Slice(buffer.GetPosition(1, end));
                if (!await HandleAsync(line))
                {
                    return;
                }
            }
            reader.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    /// <summary>False when the connection is to close.</summary>
    private async Task<bool> HandleAsync(byte[] line)
    {
        var sentinel = FlushesAtSentinel ? Array.LastIndexOf(line, (byte)0xFF) : -1;
        if (sentinel >= 0)
        {
            await SendAsync(ScriptedReply.Error("JSON parse error, stray '\uFFFD'").Message!);
        }
        if (Parse(line.AsSpan(sentinel + 1)) is not { } command)
        {
            await SendAsync(ScriptedReply.Error("JSON parse error").Message!);
            return true;
        }
        _commands.Writer.TryWrite(command);
        var reply = _handlers.TryGetValue(command.Name, out var handler)
            ? await handler(command, _stop.Token)
            : ScriptedReply.Error($"The command {command.Name} has not been found", "CommandNotFound");
        await SendRawAsync(Bytes(reply, command.Id));
        await (reply.Afterwards?.Invoke() ?? Task.CompletedTask);
        return !reply.Closes;
    }

    private static ReadOnlyMemory<byte> Bytes(ScriptedReply reply, JsonNode? id)
    {
        var bytes = reply.Bytes;
        if (reply.Message is not null)
        {
            var message = reply.Message.DeepClone().AsObject();
            if (id is not null)
            {
                message["id"] = id.DeepClone();
            }
            bytes = Encoding.UTF8.GetBytes(message.ToJsonString() + "\r\n");
        }
        return reply.Halved ? bytes[..(bytes.Length / 2)] : bytes;
    }

    private static ScriptedCommand? Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonNode.Parse(line) is JsonObject message && message["execute"]?.GetValue<string>() is { } name
                ? new ScriptedCommand(name, message["arguments"]?.DeepClone().AsObject() ?? [], message["id"]?.DeepClone())
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

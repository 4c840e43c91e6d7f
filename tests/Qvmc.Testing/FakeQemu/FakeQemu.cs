using System.Text.Json.Nodes;

namespace Qvmc.Testing;

/// <summary>
/// A monitor without a machine behind it: answers like QEMU, and misbehaves on demand. The run state follows the
/// commands; every command can be given another behaviour with <see cref="ScriptedServer.On(string, ScriptedReply)"/>.
/// </summary>
public sealed partial class FakeQemu : ScriptedServer
{
    private readonly FakeQemuScript _script;
    private readonly TaskCompletionSource _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private FakeQemu(FakeQemuScript script, string? socketPath)
        : base(socketPath)
    {
        _script = script;
        Status = script.Status;
        Script();
        Begin();
    }

    /// <summary>The run state, as query-status tells it.</summary>
    public string Status { get; set; }

    /// <summary>Completes when it has exited, as after <c>quit</c>.</summary>
    public Task Exited => _exited.Task;

    /// <summary>Starts one.</summary>
    /// <param name="script">How it begins; null for like QEMU.</param>
    /// <param name="socketPath">Where it listens; null for a temporary place.</param>
    public static FakeQemu Start(FakeQemuScript? script = null, string? socketPath = null) => new(script ?? new FakeQemuScript(), socketPath);

    /// <summary>Sends an event, with the time of now.</summary>
    public Task EmitAsync(string name, JsonObject? data = null)
    {
        var now = DateTimeOffset.UtcNow;
        var message = new JsonObject
        {
            ["timestamp"] = new JsonObject
            {
                ["seconds"] = now.ToUnixTimeSeconds(),
                ["microseconds"] = now.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond,
            },
            ["event"] = name,
        };
        if (data is not null)
        {
            message["data"] = data;
        }
        return SendAsync(message);
    }

    /// <summary>The guest shuts itself down: QEMU tells and exits.</summary>
    public async Task GuestShutdownAsync()
    {
        await EmitShutdownAsync(guest: true, "guest-shutdown");
        Exit();
    }

    /// <summary>QEMU is killed: it tells nothing, and leaves its socket lying there.</summary>
    public void Kill()
    {
        // Closing a listening socket removes its file here: it has to be out of the way meanwhile.
        var aside = SocketPath + ".aside";
        File.Move(SocketPath, aside);
        StopListening();
        File.Move(aside, SocketPath);
        _exited.TrySetResult();
    }

    /// <summary>Sends one message that is well-formed and that long: an event with a string in it.</summary>
    public async Task SendLongEventAsync(long bytes)
    {
        var piece = new byte[1024 * 1024];
        Array.Fill(piece, (byte)'x');
        await SendRawAsync("{\"event\": \"LONG\", \"data\": {\"text\": \"");
        for (var sent = 0L; sent < bytes; sent += piece.Length)
        {
            await SendRawAsync(piece);
        }
        await SendRawAsync("\"}}\r\n");
    }

    private Task EmitShutdownAsync(bool guest, string reason) =>
        EmitAsync("SHUTDOWN", new JsonObject { ["guest"] = guest, ["reason"] = reason });

    private void Exit()
    {
        StopListening();
        _exited.TrySetResult();
    }

    /// <inheritdoc/>
    protected override async Task GreetAsync(CancellationToken ct)
    {
        await SendRawAsync(_script.BeforeGreeting);
        await _script.GreetingHold.WaitAsync(ct);
        if (_script.Greeting is { } greeting)
        {
            await SendAsync(greeting);
        }
    }
}

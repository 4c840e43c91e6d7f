using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Qvmc.Testing;

/// <summary>
/// A server on a Unix socket that takes commands as QEMU and its agent do, and answers by a script. Serves one client
/// at a time; the next one waits unseen until that one has gone.
/// </summary>
public abstract partial class ScriptedServer : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, ScriptedHandler> _handlers = new();
    private readonly Channel<ScriptedCommand> _commands = Channel.CreateUnbounded<ScriptedCommand>();
    private readonly CancellationTokenSource _stop = new();
    private readonly TemporarySocket? _temporary;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private Task _serving = Task.CompletedTask;

    /// <param name="socketPath">Where to listen; null for a temporary place.</param>
    protected ScriptedServer(string? socketPath)
    {
        _temporary = socketPath is null ? new TemporarySocket() : null;
        SocketPath = socketPath ?? _temporary!.Path;
        _listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        _listener.Listen(8);
    }

    /// <summary>Where it listens.</summary>
    public string SocketPath { get; }

    /// <summary>Swallows every reply and event from now on while it is set. Commands are still handled.</summary>
    public bool Silent { get; set; }

    /// <summary>How many clients it has had.</summary>
    public int Clients { get; private set; }

    /// <summary>Every command that came, in order; each can be read once.</summary>
    public ChannelReader<ScriptedCommand> Commands => _commands.Reader;

    /// <summary>Replaces what happens at a command.</summary>
    public void On(string command, ScriptedHandler handler) => _handlers[command] = handler;

    /// <summary>Replaces what happens at a command.</summary>
    public void On(string command, Func<ScriptedCommand, ScriptedReply> handler) =>
        On(command, (given, _) => Task.FromResult(handler(given)));

    /// <summary>Replaces what happens at a command: always the same.</summary>
    public void On(string command, ScriptedReply reply) => On(command, _ => reply);

    /// <summary>Passes over commands until one of that name has come, and gives it.</summary>
    public async Task<ScriptedCommand> ReceivedAsync(string command, CancellationToken ct = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        ScriptedCommand next;
        do
        {
            next = await _commands.Reader.ReadAsync(limit.Token);
        }
        while (next.Name != command);
        return next;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _temporary?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Begins to serve; last in the constructor of a server.</summary>
    protected void Begin() => _serving = Task.Run(ServeAsync);

    /// <summary>Ends like a process: the socket is closed, and so is every connection.</summary>
    protected async Task StopAsync()
    {
        StopListening();
        await _serving;
    }

    /// <summary>The same, from within a handler.</summary>
    protected void StopListening()
    {
        _stop.Cancel();
        _listener.Dispose();
    }
}

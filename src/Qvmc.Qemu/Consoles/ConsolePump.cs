using System.Net.Sockets;

namespace Qvmc.Qemu.Consoles;

/// <summary>Carries a machine's serial console from QEMU's socket into its log, until QEMU closes it.</summary>
internal sealed class ConsolePump : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly ConsoleLog _log;
    private readonly Task _pumping;

    private ConsolePump(Socket socket, ConsoleLog log)
    {
        _socket = socket;
        _log = log;
        _pumping = PumpAsync();
    }

    /// <summary>Connects and begins.</summary>
    internal static async Task<ConsolePump> StartAsync(string socketPath, ConsoleLog log, CancellationToken ct)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), ct);
            return new ConsolePump(socket, log);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Lets go; once QEMU has ended, only after all that it wrote is in the log.</summary>
    public async ValueTask DisposeAsync()
    {
        // An ended QEMU has closed its side, so the pump ends by itself; a living one does not, and is not waited for.
        await Task.WhenAny(_pumping, Task.Delay(TimeSpan.FromMilliseconds(200)));
        _socket.Dispose();
        await _pumping;
    }

    private async Task PumpAsync()
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await _socket.ReceiveAsync(buffer, SocketFlags.None) is > 0 and var count)
            {
                _log.Append(buffer.AsSpan(0, count));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed, by either side.
        }
    }
}

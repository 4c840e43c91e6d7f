using System.Net.Sockets;

namespace Qvmc.Qmp;

/// <summary>Connections to Unix sockets.</summary>
internal static class UnixStream
{
    /// <exception cref="SocketException">Nobody listens there, or we may not connect.</exception>
    public static async Task<Stream> ConnectAsync(string path, CancellationToken ct)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), ct).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

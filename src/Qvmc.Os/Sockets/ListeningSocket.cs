using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Qvmc.Os.Sockets;

/// <summary>
/// A listening Unix socket that is made here and handed to another process: connections queue up from the first
/// moment, so nobody has to retry until the other has got round to listening.
/// </summary>
public sealed class ListeningSocket : IDisposable
{
    private readonly Socket _socket;

    private ListeningSocket(Socket socket)
    {
        _socket = socket;
    }

    /// <summary>The descriptor to hand over.</summary>
    public SafeHandle Handle => _socket.SafeHandle;

    /// <summary>Listens at <paramref name="path"/> with mode 0600, in place of whatever socket was there.</summary>
    public static ListeningSocket Bind(string path)
    {
        // Bound under another name and renamed: the mode is right before anybody can find it, and .NET, which
        // removes the name it bound when a socket is disposed, does not remove ours.
        var binding = path + "~";
        File.Delete(binding);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(binding));
            File.SetUnixFileMode(binding, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            socket.Listen(4);
            File.Move(binding, path, overwrite: true);
            return new ListeningSocket(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Closes our copy; the name and the other process's copy stay.</summary>
    public void Dispose() => _socket.Dispose();
}

using System.Net.Sockets;
using Qvmc.Hosting.Endpoints;

namespace Qvmc.Controller.Nodes;

/// <summary>Whether somebody listens at a Unix socket: asked without an exception, so that it may be asked often.</summary>
internal sealed class UnixDoor
{
    private readonly UnixDomainSocketEndPoint _address;

    private UnixDoor(string path) => _address = new UnixDomainSocketEndPoint(path);

    /// <summary>That of an address; null if it is none of a Unix socket.</summary>
    public static UnixDoor? Of(string address) => EndpointAddress.Parse(address) is { Kind: EndpointKind.Unix } unix ? new UnixDoor(unix.Path) : null;

    /// <summary>Knocks.</summary>
    /// <returns>Null: somebody opens, or only a call can tell. Else why nobody does.</returns>
    public string? Knock()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using var connect = new SocketAsyncEventArgs { RemoteEndPoint = _address };
        if (socket.ConnectAsync(connect))
        {
            return null;
        }

        return connect.SocketError switch
        {
            SocketError.ConnectionRefused => "nobody listens there",

            // ENOENT has no name of its own among socket errors.
            SocketError.AddressNotAvailable => "there is no such socket",
            _ => null,
        };
    }
}

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Qemu.Networks;

/// <summary>Ports of the host that are to lead into guests.</summary>
internal static class HostPort
{
    /// <summary>The address of the host that a forward listens on.</summary>
    internal static string AddressOf(PortForward forward) => forward.HostAddress.Length > 0 ? forward.HostAddress : "127.0.0.1";

    internal static bool IsUdp(PortForward forward) => forward.Protocol == Protocol.Udp;

    /// <summary>
    /// Why a port can't be had, or null. Between this look and its use somebody may still take it; but mostly a start
    /// is refused with better words than later ones would be.
    /// </summary>
    internal static string? Obstacle(PortForward forward, IPAddress address)
    {
        var what = string.Create(CultureInfo.InvariantCulture, $"{(IsUdp(forward) ? "UDP" : "TCP")} port {forward.HostPort} of {address}");
        try
        {
            using var socket = IsUdp(forward)
                ? new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp)
                : new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, !IsUdp(forward));
            socket.Bind(new IPEndPoint(address, (int)forward.HostPort));
            if (!IsUdp(forward))
            {
                socket.Listen(1);
            }

            return null;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => $"{what} is taken by another program: choose another host_port, or end that program",
                SocketError.AccessDenied => $"{what} may not be listened on without privileges: choose one from 1024 up",
                SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported => $"this host has no address {address}",
                _ => $"{what} can't be listened on: {e.Message}",
            };
        }
    }
}

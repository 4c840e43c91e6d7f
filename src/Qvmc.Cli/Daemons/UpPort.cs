using System.Net;
using System.Net.Sockets;
using Qvmc.Core.Faults;
using Qvmc.Hosting.Endpoints;

namespace Qvmc.Cli.Daemons;

/// <summary>Whether the port for HTTP is free. Asked before anything is started: a newcomer's likeliest failure gets the plainest message.</summary>
internal static class UpPort
{
    /// <summary>Throws when another program listens there.</summary>
    /// <param name="address">http://HOST:PORT that has passed the rules.</param>
    public static void CheckFree(string address)
    {
        var endpoint = EndpointAddress.Parse(address);
        var ip = endpoint.Host == "localhost" ? IPAddress.Loopback : IPAddress.TryParse(endpoint.Host, out var parsed) ? parsed : null;
        if (ip is null)
        {
            return;
        }

        try
        {
            using var probe = new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            probe.Bind(new IPEndPoint(ip, endpoint.Port));
        }
        catch (SocketException e)
        {
            var reason = e.SocketErrorCode == SocketError.AddressAlreadyInUse ? "another program listens there" : e.Message;
            throw new FaultException(FaultCode.FailedPrecondition, $"can't serve HTTP on {address}: {reason}; \"qvmc up --http 127.0.0.1:PORT\" serves elsewhere", inner: e);
        }
    }
}

using System.Net.Sockets;
using Grpc.Net.Client;

namespace Qvmc.Cli.Connection;

internal static class Channels
{
    public static GrpcChannel Create(string address)
    {
        if (!address.StartsWith("unix://", StringComparison.Ordinal))
        {
            return GrpcChannel.ForAddress(address, new GrpcChannelOptions { MaxReceiveMessageSize = 40 * 1024 * 1024 });
        }

        var path = address["unix://".Length..];
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        return GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions { HttpHandler = handler, MaxReceiveMessageSize = 40 * 1024 * 1024 });
    }
}

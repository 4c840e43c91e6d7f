using Grpc.Net.Client;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Hosting.Endpoints;

/// <summary>Makes channels to other daemons.</summary>
public static class GrpcChannels
{
    /// <summary>Largest message taken from the other side: an Exec's two outputs of 16 MiB each, and room.</summary>
    public const int MaxReceiveBytes = 48 << 20;

    /// <summary>
    /// Makes a channel. Nothing is connected until the first call; a lost connection is made anew by the next, at once,
    /// however often that failed before: how long to wait is for whoever calls to say. Disposing of the channel closes
    /// its connections.
    /// </summary>
    /// <exception cref="Core.Faults.FaultException">The address or a key can't be read.</exception>
    public static GrpcChannel Create(Endpoint endpoint)
    {
        var address = EndpointAddress.Parse(endpoint.Address);
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectTimeout = EndpointConnections.Limit,
            EnableMultipleHttp2Connections = true,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
        };
        switch (address.Kind)
        {
            case EndpointKind.Unix:
                handler.ConnectCallback = async (_, ct) => await EndpointConnections.ConnectAsync(address.Path, ct);
                break;
            // That connections are made here keeps the channel from making them itself, which it does with delays that
            // grow to minutes, and meanwhile fails every call.
            case EndpointKind.Http:
                handler.ConnectCallback = async (context, ct) => await EndpointConnections.ConnectAsync(context.DnsEndPoint, ct);
                KeepAlive(handler);
                break;
            case EndpointKind.Https:
                handler.ConnectCallback = async (context, ct) => await EndpointConnections.ConnectAsync(context.DnsEndPoint, ct);
                KeepAlive(handler);
                handler.SslOptions = EndpointConnections.ClientTls(endpoint.Tls);
                break;
        }
        return GrpcChannel.ForAddress(address.Kind == EndpointKind.Unix ? "http://localhost" : address.ToString(), new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = MaxReceiveBytes,
        });
    }

    // A Unix socket says at once that the other side is gone; TCP may not for hours.
    private static void KeepAlive(SocketsHttpHandler handler)
    {
        handler.KeepAlivePingDelay = TimeSpan.FromSeconds(20);
        handler.KeepAlivePingTimeout = TimeSpan.FromSeconds(10);
        handler.KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests;
    }
}

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Qvmc.Core.Faults;
using Qvmc.Hosting.Endpoints;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Hosting.ByteChannels;

/// <summary>Opens channels to a daemon that serves them.</summary>
public sealed class ByteChannelClient
{
    // A Unix socket's own buffer does not grow with what it carries, as that of TCP does. The kernel gives what it allows.
    private const int SendBufferBytes = 256 << 10;

    private readonly EndpointAddress _address;
    private readonly SslClientAuthenticationOptions? _tls;

    /// <summary>Names the daemon; nothing is connected.</summary>
    /// <exception cref="FaultException">The address or a key can't be read.</exception>
    public ByteChannelClient(Endpoint endpoint)
    {
        _address = EndpointAddress.Parse(endpoint.Address);
        if (_address.Kind == EndpointKind.Https)
        {
            _tls = EndpointConnections.ClientTls(endpoint.Tls);
            _tls.TargetHost = _address.Host;
        }
    }

    /// <summary>Opens one.</summary>
    /// <exception cref="FaultException">The daemon can't be reached (UNAVAILABLE).</exception>
    public async Task<OutgoingBytes> OpenAsync(CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(EndpointConnections.Limit);
        try
        {
            return await GreetAsync(await ConnectAsync(limit.Token), limit.Token);
        }
        catch (Exception e) when (e is SocketException or IOException or AuthenticationException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            throw new FaultException(FaultCode.Unavailable, $"{_address} can't be reached: {e.Message}", inner: e);
        }
    }

    private async Task<NetworkStream> ConnectAsync(CancellationToken ct)
    {
        if (_address.Kind != EndpointKind.Unix)
        {
            return await EndpointConnections.ConnectAsync(new DnsEndPoint(_address.Host, _address.Port), ct);
        }
        var connection = await EndpointConnections.ConnectAsync(_address.Path, ct);
        connection.Socket.SendBufferSize = SendBufferBytes;
        return connection;
    }

    private async Task<OutgoingBytes> GreetAsync(NetworkStream connection, CancellationToken ct)
    {
        Stream stream = _tls is null ? connection : new SslStream(connection);
        try
        {
            if (stream is SslStream tls)
            {
                await tls.AuthenticateAsClientAsync(_tls!, ct);
            }
            var name = ByteChannelGreeting.NewName();
            await stream.WriteAsync(ByteChannelGreeting.Of(name), ct);
            return new OutgoingBytes(name, connection.Socket, stream);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }
}

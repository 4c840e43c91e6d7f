using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Hosting.Endpoints;

/// <summary>Connects to endpoints.</summary>
internal static class EndpointConnections
{
    /// <summary>How long connecting may take.</summary>
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    internal static ValueTask<NetworkStream> ConnectAsync(string path, CancellationToken ct) =>
        ConnectAsync(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified), new UnixDomainSocketEndPoint(path), ct);

    internal static ValueTask<NetworkStream> ConnectAsync(DnsEndPoint address, CancellationToken ct) =>
        ConnectAsync(new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }, address, ct);

    /// <summary>What a client shows, and whom it trusts.</summary>
    /// <exception cref="Core.Faults.FaultException">A key can't be read.</exception>
    internal static SslClientAuthenticationOptions ClientTls(Tls? tls)
    {
        var options = new SslClientAuthenticationOptions();
        if (tls is { Certificate.Length: > 0 })
        {
            var (certificate, chain) = Certificates.LoadOwn(tls);
            options.ClientCertificateContext = SslStreamCertificateContext.Create(certificate, chain, offline: true);
        }
        if (tls is { ClientCa.Length: > 0 })
        {
            options.CertificateChainPolicy = Certificates.TrustOnly(Certificates.LoadAuthorities(tls));
        }
        return options;
    }

    private static async ValueTask<NetworkStream> ConnectAsync(Socket socket, EndPoint address, CancellationToken ct)
    {
        try
        {
            await socket.ConnectAsync(address, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

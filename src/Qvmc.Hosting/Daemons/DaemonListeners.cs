using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Qvmc.Core.Faults;
using Qvmc.Hosting.ByteChannels;
using Qvmc.Hosting.Endpoints;
using Qvmc.Protos.Settings.V1;
using Endpoint = Qvmc.Protos.Settings.V1.Endpoint;

namespace Qvmc.Hosting.Daemons;

/// <summary>Makes Kestrel listen on a daemon's endpoints, and tells their requests apart.</summary>
internal sealed class DaemonListeners
{
    // A caller that is gone without a word must not hold a connection for ever.
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(30);

    /// <summary>Where /healthz, /readyz and /metrics are served; null: nowhere of their own.</summary>
    public Endpoint? Metrics { get; set; }

    /// <summary>Whether connections to the daemon may be channels (<see cref="ByteChannelServer"/>).</summary>
    public bool TakesChannels { get; set; }

    public static bool IsMetrics(HttpContext http) => http.Features.Get<MetricsConnection>() is not null;

    public void Configure(WebApplicationBuilder web, Endpoint listen, long maxConnections, bool speaksGrpc)
    {
        web.Services.AddSingleton<UnixListener>();
        web.Services.AddOptions<SocketTransportOptions>().Configure<UnixListener>((sockets, unix) =>
        {
            sockets.CreateBoundListenSocket = endpoint => endpoint is UnixDomainSocketEndPoint && Find(listen, endpoint) is { } found
                ? unix.Bind(found, EndpointAddress.Parse(found.Address).Path)
                : SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);

            // Who is told that bytes have come goes on with them, instead of waking another thread: that was most of what a
            // short call cost. He is of the thread pool, so a handler that blocks holds up nobody else.
            sockets.UnsafePreferInlineScheduling = true;
        });
        web.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.Http2.KeepAlivePingDelay = PingDelay;
            kestrel.Limits.MaxConcurrentConnections = maxConnections;
            if (speaksGrpc)
            {
                // For one stream that is not taken this would end the connection, and with it all that goes through it:
                // everything that a gateway does. TakenStreams ends the stream.
                kestrel.Limits.MinResponseDataRate = null;
            }
            // Watches and waits of many clients go through few connections of the gateway's.
            kestrel.Limits.Http2.MaxStreamsPerConnection = 1000;
            Add(kestrel, listen, options =>
            {
                options.Protocols = Protocols(listen, speaksGrpc);
                if (TakesChannels)
                {
                    var channels = options.ApplicationServices.GetRequiredService<ByteChannelServer>();
                    options.Use(next => connection => channels.ServeAsync(connection, next));
                }
            });
            if (Metrics is not null)
            {
                Add(kestrel, Metrics, options =>
                {
                    options.Protocols = Protocols(Metrics, speaksGrpc: false);
                    options.Use(next => connection =>
                    {
                        connection.Features.Set(new MetricsConnection());
                        return next(connection);
                    });
                });
            }
        });
        // After Kestrel's own, which this takes the place of.
        web.Services.AddSingleton<IMemoryPoolFactory<byte>, LargeBlocks>();
    }

    private Endpoint? Find(Endpoint listen, EndPoint endpoint) =>
        new[] { listen, Metrics }.FirstOrDefault(e => e is not null && EndpointAddress.Parse(e.Address).Path == endpoint.ToString());

    private static void Add(KestrelServerOptions kestrel, Endpoint endpoint, Action<ListenOptions> configure)
    {
        var address = EndpointAddress.Parse(endpoint.Address);
        if (address.Kind == EndpointKind.Unix)
        {
            kestrel.ListenUnixSocket(address.Path, configure);
            return;
        }
        var tls = address.Kind == EndpointKind.Https ? ServerTls(endpoint.Tls) : null;
        void ConfigureTcp(ListenOptions options)
        {
            // First of all: whatever else looks at the bytes sees them as they were sent.
            if (tls is not null)
            {
                options.UseHttps(tls);
            }
            configure(options);
        }
        foreach (var ip in Resolve(address))
        {
            kestrel.Listen(ip, address.Port, ConfigureTcp);
        }
    }

    private static IPAddress[] Resolve(EndpointAddress address)
    {
        // Both loopback addresses can't share "any port"; one is enough then.
        if (address.Host == "localhost")
        {
            return address.Port == 0 || !Socket.OSSupportsIPv6 ? [IPAddress.Loopback] : [IPAddress.Loopback, IPAddress.IPv6Loopback];
        }
        if (IPAddress.TryParse(address.Host, out var ip))
        {
            return [ip];
        }
        try
        {
            return Dns.GetHostAddresses(address.Host);
        }
        catch (SocketException e)
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"can't listen on {address}: the name \"{address.Host}\" is not known: {e.Message}", inner: e);
        }
    }

    // Without TLS nothing negotiates the version: gRPC needs HTTP/2, everybody else speaks HTTP/1.1.
    private static HttpProtocols Protocols(Endpoint endpoint, bool speaksGrpc) =>
        speaksGrpc ? HttpProtocols.Http2
        : EndpointAddress.Parse(endpoint.Address).Kind == EndpointKind.Https ? HttpProtocols.Http1AndHttp2
        : HttpProtocols.Http1;

    private static HttpsConnectionAdapterOptions ServerTls(Tls tls)
    {
        var (certificate, chain) = Certificates.LoadOwn(tls);
        var options = new HttpsConnectionAdapterOptions { ServerCertificate = certificate, ServerCertificateChain = chain };
        if (tls.ClientCa.Length > 0)
        {
            var policy = Certificates.TrustOnly(Certificates.LoadAuthorities(tls));
            options.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            options.OnAuthenticate = (_, ssl) => ssl.CertificateChainPolicy = policy;
        }
        return options;
    }

    private sealed class MetricsConnection;
}

using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Qvmc.Images.Tests.Fetching;

/// <summary>A little HTTP proxy on loopback: it passes GETs with their whole URLs on, and opens tunnels for CONNECT.</summary>
internal sealed class ProxyServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    internal ProxyServer()
    {
        _listener.Start();
        _ = AcceptAsync();
    }

    internal Uri Url => new($"http://{_listener.LocalEndpoint}");

    /// <summary>First lines of the requests that it got.</summary>
    internal ConcurrentQueue<string> Lines { get; } = [];

    private async Task AcceptAsync()
    {
        while (true)
        {
            TcpClient client;
            try
            {
                client = await _listener.AcceptTcpClientAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }

            _ = PassAsync(client);
        }
    }

    private async Task PassAsync(TcpClient client)
    {
        using var near = client;
        var head = await HeadAsync(near.GetStream());
        var line = head[..head.IndexOf('\r', StringComparison.Ordinal)];
        Lines.Enqueue(line);
        var target = line.Split(' ')[1];
        var isTunnel = line.StartsWith("CONNECT ", StringComparison.Ordinal);
        var url = new Uri(isTunnel ? $"tcp://{target}" : target);
        using var far = new TcpClient();
        await far.ConnectAsync(url.Host, url.Port);
        await (isTunnel
            ? near.GetStream().WriteAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray())
            : far.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head.Replace(target, url.PathAndQuery, StringComparison.Ordinal))));
        await Task.WhenAny(near.GetStream().CopyToAsync(far.GetStream()), far.GetStream().CopyToAsync(near.GetStream()));
    }

    private static async Task<string> HeadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one) == 1)
        {
            head.Append((char)one[0]);
        }

        return head.ToString();
    }

    public void Dispose() => _listener.Dispose();
}

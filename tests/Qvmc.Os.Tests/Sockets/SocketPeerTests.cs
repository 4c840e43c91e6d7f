using System.Net;
using System.Net.Sockets;
using Qvmc.Os.Files;
using Qvmc.Os.Sockets;

namespace Qvmc.Os.Tests.Sockets;

public sealed class SocketPeerTests
{
    [Fact]
    public async Task TellsWhoConnected()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("qp-").FullName, "s");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(path));
        using var served = await listener.AcceptAsync();
        Assert.Equal(OperatingSystem.IsLinux() ? new SocketPeer(Environment.ProcessId, PrivateDirectory.UserId) : null, SocketPeer.Of(served));
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public async Task NobodyIsKnownOfAConnectionOverTcp()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        using var served = await listener.AcceptSocketAsync();
        Assert.Null(SocketPeer.Of(served));
    }
}

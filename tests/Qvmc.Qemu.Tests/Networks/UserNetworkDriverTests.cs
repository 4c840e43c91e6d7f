using System.Net;
using System.Net.Sockets;
using Qvmc.Core.Faults;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Settings.V1;
using Qvmc.Qemu.Networks;
using Qvmc.Qemu.Networks.User;

namespace Qvmc.Qemu.Tests.Networks;

public sealed class UserNetworkDriverTests
{
    private readonly UserNetworkDriver _driver = new("user", new UserNetwork { Subnet = "10.9.8.0/24", Isolated = true });

    [Fact]
    public async Task SaysWhatQemuNeeds()
    {
        var port = FreePort();
        var attachment = await _driver.AttachAsync(
            Request(new PortForward { HostPort = port, GuestPort = 80 }, new PortForward { HostPort = port, GuestPort = 53, Protocol = Protocol.Udp }),
            CancellationToken.None);
        Assert.Equal(
            $$"""{"type":"user","id":"net0","net":"10.9.8.0/24","restrict":true,"hostfwd":[{"str":"tcp:127.0.0.1:{{port}}-:80"},{"str":"udp:127.0.0.1:{{port}}-:53"}]}""",
            attachment.Netdev.ToJsonString());
    }

    [Fact]
    public async Task RefusesAPortThatIsTakenAndNamesIt()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = (uint)((IPEndPoint)taken.LocalEndpoint).Port;
        var fault = await Assert.ThrowsAsync<FaultException>(() => _driver.AttachAsync(Request(new PortForward { HostPort = port, GuestPort = 80 }), CancellationToken.None));
        Assert.Equal(FaultCode.FailedPrecondition, fault.Code);
        Assert.Contains($"TCP port {port} of 127.0.0.1 is taken", fault.Message, StringComparison.Ordinal);
        Assert.Equal("spec.forwards[0]", Assert.Single(fault.Fields).Field);
    }

    [Theory]
    [InlineData("203.0.113.7", "no address")]
    [InlineData("not-an-address", "IPv4")]
    [InlineData("::1", "IPv4")]
    public void RefusesAddressesThatAreNotTheHosts(string address, string words)
    {
        var fault = Assert.Single(_driver.Check(Request(new PortForward { HostAddress = address, HostPort = FreePort(), GuestPort = 80 })));
        Assert.Contains(words, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnUnknownNetworkIsNamedWithTheOnesThereAre()
    {
        var table = new NetworkTable([]);
        Assert.Equal("user", table.Get("").Name);
        var fault = Assert.Throws<FaultException>(() => table.Get("lan"));
        Assert.Contains("\"lan\"", fault.Message, StringComparison.Ordinal);
        Assert.Contains("\"user\"", fault.Message, StringComparison.Ordinal);
    }

    private static NicRequest Request(params PortForward[] forwards) => new("abcdefghijkl", 1, "52:54:00:00:00:01") { Forwards = forwards };

    private static uint FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return (uint)((IPEndPoint)probe.LocalEndpoint).Port;
    }
}

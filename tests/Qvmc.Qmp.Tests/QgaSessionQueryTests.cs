using System.Net;
using System.Text.Json.Nodes;
using Qvmc.Testing;

namespace Qvmc.Qmp.Tests;

public sealed class QgaSessionQueryTests
{
    [Fact]
    public async Task Info_lists_the_enabled_commands()
    {
        await using var agent = FakeAgent.Start();
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath);
        var info = await session.GetInfoAsync().Soon();
        Assert.Equal("9.2.0", info.Version);
        Assert.Equal(["guest-ping"], info.Commands);
    }

    [Fact]
    public async Task Operating_system_may_tell_little()
    {
        await using var agent = FakeAgent.Start();
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath);
        var whole = await session.GetOsInfoAsync().Soon();
        Assert.Equal(("debian", "12", "6.1.0-1-amd64"), (whole.Id, whole.VersionId, whole.KernelRelease));
        agent.On("guest-get-osinfo", ScriptedReply.Return());
        Assert.Equal(new QgaOsInfo(null, null, null, null, null, null, null, null), await session.GetOsInfoAsync().Soon());
    }

    [Fact]
    public async Task Interfaces_have_addresses_with_prefixes()
    {
        await using var agent = FakeAgent.Start();
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath);
        var interfaces = await session.GetNetworkInterfacesAsync().Soon();
        Assert.Equal(["lo", "eth0", "sit0"], interfaces.Select(i => i.Name));
        Assert.Equal("52:54:00:12:34:56", interfaces[1].Mac);
        Assert.Equal([new QgaAddress(IPAddress.Parse("10.0.2.15"), 24), new QgaAddress(IPAddress.Parse("fe80::1"), 64)], interfaces[1].Addresses);
        Assert.Null(interfaces[2].Mac);
        Assert.Empty(interfaces[2].Addresses);
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""["eth0"]""")]
    [InlineData("""[{"name": "eth0", "hardware-address": "52:54:00:12:34"}]""")]
    [InlineData("""[{"name": "eth0", "hardware-address": "52:54:00:12:34:56\n"}]""")]
    [InlineData("""[{"name": "eth0", "ip-addresses": {}}]""")]
    [InlineData("""[{"name": "eth0", "ip-addresses": [{"ip-address-type": "ipv4", "ip-address": "10", "prefix": 8}]}]""")]
    [InlineData("""[{"name": "eth0", "ip-addresses": [{"ip-address-type": "ipv4", "ip-address": "::1", "prefix": 8}]}]""")]
    [InlineData("""[{"name": "eth0", "ip-addresses": [{"ip-address-type": "ipx", "ip-address": "::1", "prefix": 8}]}]""")]
    [InlineData("""[{"name": "eth0", "ip-addresses": [{"ip-address-type": "ipv4", "ip-address": "10.0.0.1", "prefix": 33}]}]""")]
    [InlineData("""[{"name": "eth0", "ip-addresses": [{"ip-address-type": "ipv4", "ip-address": "10.0.0.1", "prefix": 1.5}]}]""")]
    [InlineData("""[{"name": "eth0", "ip-addresses": [{"ip-address-type": "ipv4", "ip-address": "10.0.0.1"}]}]""")]
    public async Task Interfaces_that_are_none_are_refused(string interfaces)
    {
        await using var agent = FakeAgent.Start();
        agent.On("guest-network-get-interfaces", ScriptedReply.Return(JsonNode.Parse(interfaces)));
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath);
        await Assert.ThrowsAsync<QgaProtocolException>(() => session.GetNetworkInterfacesAsync().Soon());
    }

    [Fact]
    public async Task A_list_without_end_is_refused()
    {
        await using var agent = FakeAgent.Start();
        agent.Interfaces = new JsonArray([.. Enumerable.Range(0, 5000).Select(n => (JsonNode)new JsonObject { ["name"] = $"eth{n}" })]);
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath);
        Assert.Contains("5000 items", (await Assert.ThrowsAsync<QgaProtocolException>(() => session.GetNetworkInterfacesAsync().Soon())).Message);
    }

    [Fact]
    public async Task Time_is_set_in_nanoseconds()
    {
        await using var agent = FakeAgent.Start();
        await using var session = await QgaSession.ConnectAsync(agent.SocketPath);
        await session.SetTimeAsync(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000).AddTicks(3)).Soon();
        Assert.Equal(1_700_000_000_000_000_300, agent.TimeNanoseconds);
    }
}

using System.Text.Json;
using Qvmc.EndToEnd.Cluster;

namespace Qvmc.EndToEnd.Networks;

/// <summary>What clients see of networks and do with interfaces, without any privileges.</summary>
public sealed class ClientNetworkTests(TestCluster cluster) : IClassFixture<TestCluster>
{
    [Fact]
    public async Task NetworksAreToldOfByTheClientAndOverHttp()
    {
        using var listed = JsonDocument.Parse((await cluster.QvmcAsync("network", "list", "-o", "json")).Expect().Output);
        var network = Assert.Single(listed.RootElement.EnumerateArray());
        Assert.Equal("user", network.GetProperty("name").GetString());
        Assert.Equal("NETWORK_KIND_USER", network.GetProperty("kind").GetString());
        Assert.Equal("NETWORK_STATE_READY", network.GetProperty("state").GetString());
        Assert.True(network.GetProperty("isDefault").GetBoolean());
        using var http = new HttpClient();
        using var one = JsonDocument.Parse(await http.GetStringAsync($"{cluster.HttpAddress}/v1/networks/user"));
        Assert.Equal("user", one.RootElement.GetProperty("name").GetString());

        var refused = (await cluster.QvmcAsync("launch", "lost", "--image", "tiny", "--network", "usr")).Expect(2);
        Assert.Contains("did you mean \"user\"?", refused.Errors, StringComparison.Ordinal);
        (await cluster.QvmcAsync("network", "info", "usr")).Expect(3);
        (await cluster.QvmcAsync("network", "teardown", "user")).Expect(4);
    }

    [Fact]
    public async Task AMachineWithoutANetworkHasNoInterfaceUntilOneIsAdded()
    {
        (await cluster.QvmcAsync("launch", "alone", "--image", "tiny", "--memory", "128M", "--network", "none")).Expect();
        Assert.Contains("Interface:  none\n", (await cluster.QvmcAsync("info", "alone")).Expect().Output, StringComparison.Ordinal);
        Assert.Equal("lo\n", (await cluster.QvmcAsync("exec", "alone", "--", "ls", "/sys/class/net")).Expect().Output);

        (await cluster.QvmcAsync("forward", "add", "alone", $"{TestCluster.FreePort()}:80")).Expect(2);
        (await cluster.QvmcAsync("stop", "alone", "--force")).Expect();
        (await cluster.QvmcAsync("nic", "add", "alone", "user,mac=52:54:00:aa:bb:cc")).Expect();
        (await cluster.QvmcAsync("forward", "add", "alone", $"{TestCluster.FreePort()}:80")).Expect();
        (await cluster.QvmcAsync("start", "alone", "--for", "address")).Expect();
        Assert.Contains("52:54:00:aa:bb:cc", (await cluster.QvmcAsync("exec", "alone", "--", "cat", "/sys/class/net/eth0/address")).Expect().Output, StringComparison.Ordinal);
        Assert.Contains("10.0.2.15/24 (eth0, 52:54:00:aa:bb:cc, agent)", (await cluster.QvmcAsync("info", "alone")).Expect().Output, StringComparison.Ordinal);
        (await cluster.QvmcAsync("nic", "remove", "alone", "1")).Expect(4);
        (await cluster.QvmcAsync("delete", "alone", "--force")).Expect();
    }
}

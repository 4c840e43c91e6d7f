using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Qvmc.Cli.Tests.Fakes;
using Qvmc.Protos.Network.V1;

namespace Qvmc.Cli.Tests.Verbs;

public sealed class NetworkVerbTests : IAsyncLifetime
{
    private FakeController _controller = null!;

    public async Task InitializeAsync()
    {
        _controller = await FakeController.StartAsync();
        _controller.Networks.All.Add(new Network { Name = "user", Node = "host1", IsDefault = true, Kind = NetworkKind.User, State = NetworkState.Ready, CanForward = true });
        _controller.Networks.All.Add(new Network
        {
            Name = "lan",
            Node = "host1",
            Kind = NetworkKind.Bridge,
            State = NetworkState.Ready,
            Bridge = "qv-lan",
            Subnet = "10.80.0.0/24",
            Gateway = "10.80.0.1",
            Range = "10.80.0.2-10.80.0.254",
            Subnet6 = "fd00:1:2:3::/64",
            Gateway6 = "fd00:1:2:3::1",
            Domain = "lan.qvmc.internal",
            Isolated = true,
            Mtu = 1500,
            CanForward = true,
            Addresses = 253,
            AddressesUsed = 2,
            Instances = { "db", "web1" },
            DhcpServer = new DhcpServer { Pid = 77, Restarts = 1, LastEnd = "it was killed by signal 9", Leases = 2, StartTime = Samples.Now.AddMinutes(-5).ToTimestamp() },
        });
    }

    public async Task DisposeAsync() => await _controller.DisposeAsync();

    [Fact]
    public async Task A_list_is_a_table_and_tells_of_hosts_that_were_not_asked()
    {
        _controller.Networks.Unreachable.Add("host2: it does not answer");
        using var run = await CliRun.EndAsync(_controller, "network", "ls");
        Assert.Equal(
            """
            NAME  NODE   DEFAULT  KIND    STATE  SUBNET        USED      INSTANCES  MESSAGE
            user  host1  yes      user    READY  -             -         0          -
            lan   host1  -        bridge  READY  10.80.0.0/24  2 of 253  2          -

            """,
            run.Output);
        Assert.Equal((ExitCode.Success, "qvmc: warning: host2: it does not answer\n"), (await run.Exit, run.Error));
        using var none = await CliRun.EndAsync(_controller, "network", "list", "--node", "host2", "-o", "json");
        Assert.Equal("[]\n", none.Output);
    }

    [Fact]
    public async Task Info_says_all_there_is_to_say()
    {
        using var run = await CliRun.EndAsync(_controller, "network", "info", "lan");
        Assert.Equal(
            """
            Name:       lan
            Node:       host1
            Kind:       bridge
            State:      READY
            Bridge:     qv-lan
            Subnet:     10.80.0.0/24, the host is 10.80.0.1
            Range:      10.80.0.2-10.80.0.254
            Addresses:  2 of 253 reserved
            Subnet v6:  fd00:1:2:3::/64, the host is fd00:1:2:3::1
            Domain:     lan.qvmc.internal
            Outside:    can't be reached
            MTU:        1500
            Forwards:   yes
            DHCP, DNS:  dnsmasq, pid 77, up 5m, 2 leases, restarted 1 times
            Last end:   it was killed by signal 9
            Instances:  db, web1

            """,
            run.Output);
        using var json = JsonDocument.Parse((await CliRun.EndAsync(_controller, "network", "info", "lan", "-o", "json")).Output);
        Assert.Equal("10.80.0.0/24", json.RootElement.GetProperty("subnet").GetString());
        using var missing = await CliRun.EndAsync(_controller, "network", "info", "lam");
        Assert.Equal((ExitCode.NotFound, "qvmc: there is no network \"lam\"\n"), (await missing.Exit, missing.Error));
    }

    [Fact]
    public async Task A_network_is_taken_down_unless_it_is_in_use()
    {
        using var refused = await CliRun.EndAsync(_controller, "network", "teardown", "lan");
        Assert.Equal((ExitCode.Conflict, "qvmc: network \"lan\" is in use by \"db\": stop it first\n"), (await refused.Exit, refused.Error));
        _controller.Networks.All[1].Instances.Clear();
        using var run = await CliRun.EndAsync(_controller, "network", "teardown", "lan", "--node", "host1");
        Assert.Equal((ExitCode.Success, "network lan is taken off host host1\n"), (await run.Exit, run.Output));
    }

    [Theory]
    [InlineData("qvmc network info la", "lan\n")]
    [InlineData("qvmc nic add web1 us", "user\n")]
    [InlineData("qvmc launch --network no", "none\n")]
    [InlineData("qvmc launch --network la", "lan\n")]
    public async Task Completes_names_of_networks(string line, string candidates)
    {
        using var run = await CliRun.EndAsync(_controller, $"[suggest:{line.Length}]", line);
        Assert.Equal(candidates, run.Output);
    }
}

using Qvmc.Cli.Doctor;
using Qvmc.Cli.Doctor.Networks;
using Qvmc.Protos.Network.V1;

namespace Qvmc.Cli.Tests.Doctor.Networks;

public sealed class NetworkChecksTests
{
    [Fact]
    public void A_network_that_failed_fails_with_the_hosts_words()
    {
        var finding = NetworkFinding.Of(new Network { Name = "lan", Kind = NetworkKind.Bridge, State = NetworkState.Failed, Message = "10.80.0.0/24 collides with the route by eth1" })!;
        Assert.Equal((Outcome.Fail, "10.80.0.0/24 collides with the route by eth1", "qvmc network info lan"), (finding.Outcome, finding.Detail, finding.Fix));
    }

    [Fact]
    public void A_server_that_ends_again_and_again_is_told_with_its_own_words()
    {
        var network = new Network { Name = "lan", Kind = NetworkKind.Bridge, State = NetworkState.Ready, Bridge = "qv-lan", Subnet = "10.80.0.0/24", DhcpServer = new DhcpServer { Pid = 7, Restarts = 1 } };
        Assert.Equal(Outcome.Ok, NetworkFinding.Of(network)!.Outcome);

        network.DhcpServer.Restarts = 5;
        network.DhcpServer.LastEnd = "exited with status 2: failed to create listening socket for 10.80.0.1: Address already in use";
        var finding = NetworkFinding.Of(network)!;
        Assert.Equal(Outcome.Warn, finding.Outcome);
        Assert.Contains("ended 5 times; the last time: exited with status 2", finding.Detail, StringComparison.Ordinal);
        Assert.Contains("sudo ss", finding.Fix, StringComparison.Ordinal);

        network.DhcpServer = new DhcpServer { LastEnd = "was killed by signal 9" };
        finding = NetworkFinding.Of(network)!;
        Assert.Equal(Outcome.Fail, finding.Outcome);
        Assert.Contains("does not run; the last time: was killed", finding.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void User_mode_networks_and_those_that_were_taken_down_are_nothing_to_speak_of()
    {
        Assert.Null(NetworkFinding.Of(new Network { Name = "user", Kind = NetworkKind.User, State = NetworkState.Ready }));
        Assert.Null(NetworkFinding.Of(new Network { Name = "lan", Kind = NetworkKind.Bridge, State = NetworkState.Down, Message = "taken down" }));
        Assert.Equal(Outcome.Warn, NetworkFinding.Of(new Network { Name = "lan", Kind = NetworkKind.Bridge, State = NetworkState.Ready, Message = "process 9 (nft) keeps changing rules" })!.Outcome);
    }

    [Fact]
    public void Our_bridges_are_known_by_their_mark()
    {
        var root = Directory.CreateTempSubdirectory("qvmc-doctor-");
        Interface("qv-lan", "qvmc:lan\n", isBridge: true);
        Interface("vault0", "qvmc:vault\n", isBridge: true);
        Interface("br0", "\n", isBridge: true);
        Interface("qabcdefghijkl1", "qvmc:abcdefghijkl:1\n", isBridge: false);
        Assert.Equal(
            [("lan", "qv-lan", false), ("vault", "vault0", true)],
            NetworkChecks.Bridges(root.FullName, [new Network { Name = "vault", Kind = NetworkKind.Bridge, Bridge = "vault0", Isolated = true }]));
        Assert.Empty(NetworkChecks.Bridges("/nowhere", []));
        root.Delete(recursive: true);

        void Interface(string name, string alias, bool isBridge)
        {
            var directory = root.CreateSubdirectory(name);
            File.WriteAllText(Path.Combine(directory.FullName, "ifalias"), alias);
            if (isBridge)
            {
                directory.CreateSubdirectory("bridge");
            }
        }
    }

    [Theory]
    [InlineData("nft")]
    [InlineData("ip")]
    public async Task Each_program_that_makes_networks_tells_its_version(string tool)
    {
        var finding = await ToolCheck.NetworkAsync(tool, CancellationToken.None);
        Assert.Equal((tool, Outcome.Ok), (finding.Check, finding.Outcome));
        Assert.Matches(@"^version \d+\.\d+", finding.Detail);
    }

    [Fact]
    public async Task A_missing_one_fails_with_the_command_that_installs_it()
    {
        var finding = await ToolCheck.NetworkAsync("qvmc-no-such-tool", CancellationToken.None);
        Assert.Equal((Outcome.Fail, "qvmc-no-such-tool"), (finding.Outcome, finding.Check));
        Assert.NotEmpty(finding.Fix);
        Assert.Equal("sudo dnf install -y iproute", PackageAdvice.Install("ip", "ID=fedora\n"));
        Assert.Equal("sudo apt-get install -y nftables", PackageAdvice.Install("nft", "ID=debian\n"));
        Assert.Equal("sudo apt-get install -y dnsmasq-base dnsmasq-utils", PackageAdvice.Install("dnsmasq", "ID=debian\n"));
    }
}

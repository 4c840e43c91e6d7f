using System.Diagnostics;
using Qvmc.Core.Faults;
using Qvmc.Protos.Network.V1;
using Qvmc.Protos.Settings.V1;
using Qvmc.Qemu.Networks;
using Qvmc.Testing.Namespaces;

namespace Qvmc.Qemu.Tests.Networks.Bridge;

public sealed class BridgeNetworkTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [NamespaceFact]
    public async Task AMachineGetsItsPortAndNothingIsLeftAfterwards()
    {
        await using var fixture = await BridgeFixture.CreateAsync();
        var before = await fixture.LinkNamesAsync();
        await using var table = fixture.Make(BridgeFixture.Lan());
        await StartAsync(table);
        var network = await OnlyAsync(table);
        Assert.Equal((NetworkState.Ready, ""), (network.State, network.Message));
        Assert.Equal(("qv-lan", "10.80.0.0/24", "10.80.0.1", "10.80.0.2-10.80.0.254"), (network.Bridge, network.Subnet, network.Gateway, network.Range));
        Assert.Equal(("fd00:80::/64", "fd00:80::1", "lan.qvmc.internal"), (network.Subnet6, network.Gateway6, network.Domain));
        Assert.Equal(("here", true, true), (network.Node, network.IsDefault, network.CanForward));
        Assert.True(network.DhcpServer.Pid > 0);
        Assert.Equal(("1", "1", "0"), (fixture.Setting("net/ipv4/ip_forward"), fixture.Setting("net/ipv4/conf/qv-lan/route_localnet"), fixture.Setting("net/ipv6/conf/qv-lan/accept_ra")));

        var attachment = await table.Get("lan").AttachAsync(BridgeFixture.Nic('a', 2), CancellationToken.None);
        Assert.Equal(
            """{"type":"tap","id":"net1","ifname":"qabcdefghijka2","script":"no","downscript":"no","vhost":false}""", attachment.Netdev.ToJsonString());
        var tap = await fixture.Links.FindAsync("qabcdefghijka2", CancellationToken.None);
        Assert.Equal(("qv-lan", "qvmc:abcdefghijka:2"), (tap?.Master, tap?.Alias));
        Assert.Contains("qabcdefghijka2", await fixture.Namespace.RunAsync("nft", "list", "ruleset"), StringComparison.Ordinal);
        var fault = await Assert.ThrowsAsync<FaultException>(() => table.TeardownAsync("lan", "here", CancellationToken.None));
        Assert.Contains("in use by m-a: stop them first", fault.Message, StringComparison.Ordinal);

        await attachment.DetachAsync();
        await attachment.DetachAsync();
        await table.Get("lan").ForgetAsync(BridgeFixture.Nic('a', 2), CancellationToken.None);
        Assert.DoesNotContain("qabcdefghijka2", await fixture.Namespace.RunAsync("nft", "list", "ruleset"), StringComparison.Ordinal);
        var down = await table.TeardownAsync("lan", "here", CancellationToken.None);
        Assert.Equal(NetworkState.Down, down.State);
        Assert.Equal("10.80.0.0/24", down.Subnet);
        Assert.Equal(before, await fixture.LinkNamesAsync());
        Assert.Equal("", await fixture.Namespace.RunAsync("nft", "list", "ruleset"));
        Assert.Equal("0", fixture.Setting("net/ipv4/ip_forward"));
        Assert.Empty(await fixture.Namespace.PidsAsync());
    }

    [NamespaceFact]
    public async Task ANetworkThatWasTakenOffStaysOffUntilAMachineNeedsIt()
    {
        await using var fixture = await BridgeFixture.CreateAsync();
        await using (var table = fixture.Make(BridgeFixture.Lan("auto")))
        {
            await StartAsync(table);
            await table.TeardownAsync("lan", "here", CancellationToken.None);
        }

        await using var next = fixture.Make(BridgeFixture.Lan("auto"));
        await StartAsync(next);
        var network = await OnlyAsync(next);
        Assert.Equal(NetworkState.Down, network.State);
        Assert.NotEmpty(network.Subnet);
        Assert.DoesNotContain("qv-lan", await fixture.LinkNamesAsync());
        var gateway = System.Net.IPAddress.Parse(network.Gateway).GetAddressBytes();
        gateway[3] = 7;
        await next.Get("lan").AttachAsync(BridgeFixture.Nic('a') with { Ipv4 = new(gateway), Ipv6 = null }, CancellationToken.None);
        Assert.Equal((NetworkState.Ready, network.Subnet), ((await OnlyAsync(next)).State, (await OnlyAsync(next)).Subnet));
    }

    [NamespaceFact]
    public async Task TheNextDaemonTakesUpWhatIsThereAndRemovesWhatIsLeftOfTheDead()
    {
        await using var fixture = await BridgeFixture.CreateAsync();
        int server;
        await using (var table = fixture.Make(BridgeFixture.Lan()))
        {
            await StartAsync(table);
            foreach (var machine in "abc")
            {
                await table.Get("lan").AttachAsync(BridgeFixture.Nic(machine), CancellationToken.None);
            }

            server = (await OnlyAsync(table)).DhcpServer.Pid;
        }

        // "b" runs although no record says so; "c" is of nobody's.
        using var holder = await HoldAsync(fixture, "qabcdefghijkb1");
        await fixture.Namespace.ShellAsync("ip tuntap add dev qzzzzzzzzzzzz1 mode tap; ip tuntap add dev tap0 mode tap");
        var bridge = await fixture.Namespace.RunAsync("cat", "/sys/class/net/qv-lan/ifindex");
        await using var next = fixture.Make(BridgeFixture.Lan());
        await next.StartAsync([("lan", new NetworkMember(BridgeFixture.Nic('a'), IsLive: true))], uid => uid.StartsWith("abc", StringComparison.Ordinal), CancellationToken.None);
        Assert.Equal(bridge, await fixture.Namespace.RunAsync("cat", "/sys/class/net/qv-lan/ifindex"));
        Assert.Equal(server, (await OnlyAsync(next)).DhcpServer.Pid);
        Assert.Equal(["lo", "qabcdefghijka1", "qabcdefghijkb1", "qv-lan", "qzzzzzzzzzzzz1", "tap0"], (await fixture.LinkNamesAsync()).Order(StringComparer.Ordinal));
        var rules = await fixture.Namespace.RunAsync("nft", "list", "ruleset");
        Assert.Contains("qabcdefghijka1", rules, StringComparison.Ordinal);
        Assert.DoesNotContain("qabcdefghijkc1", rules, StringComparison.Ordinal);

        // What is in use is not taken over by a start either.
        var fault = await Assert.ThrowsAsync<FaultException>(() => next.Get("lan").AttachAsync(BridgeFixture.Nic('b'), CancellationToken.None));
        Assert.Contains("qabcdefghijkb1 is in use", fault.Message, StringComparison.Ordinal);
        Assert.Contains("qabcdefghijkb1", await fixture.LinkNamesAsync());
        holder.Kill();
        await holder.WaitForExitAsync().WaitAsync(Limit);
        await next.Get("lan").AttachAsync(BridgeFixture.Nic('b'), CancellationToken.None);
    }

    [NamespaceFact]
    public async Task ABridgeThatIsNotOursIsLeftAloneAndKeepsNoOtherNetworkFromWorking()
    {
        await using var fixture = await BridgeFixture.CreateAsync();
        await fixture.Namespace.ShellAsync("ip link add qv-lan type bridge; ip link add br-new type bridge; ip address add 192.0.2.1/24 dev qv-lan; ip link set br-new up");
        var before = await fixture.Namespace.RunAsync("ip", "-d", "address", "show", "qv-lan");
        await using var table = fixture.Make(BridgeFixture.Lan(), new() { Name = "office", Bridged = new BridgedNetwork { Bridge = "br-new" } }, new() { Name = "away", Bridged = new BridgedNetwork { Bridge = "br-gone" } });
        await StartAsync(table);
        var networks = await table.ListAsync("here", CancellationToken.None);
        Assert.Equal([NetworkState.Failed, NetworkState.Ready, NetworkState.Failed], networks.Select(n => n.State));
        Assert.Contains("has an interface qv-lan that is not ours", networks[0].Message, StringComparison.Ordinal);
        Assert.Contains("no interface br-gone", networks[2].Message, StringComparison.Ordinal);
        var fault = await Assert.ThrowsAsync<FaultException>(() => table.Get("lan").AttachAsync(BridgeFixture.Nic('a'), CancellationToken.None));
        Assert.Contains("not ours", fault.Message, StringComparison.Ordinal);
        Assert.Equal(before, await fixture.Namespace.RunAsync("ip", "-d", "address", "show", "qv-lan"));

        var attachment = await table.Get("office").AttachAsync(BridgeFixture.Nic('b') with { Ipv4 = null, Ipv6 = null }, CancellationToken.None);
        Assert.Equal("br-new", (await fixture.Links.FindAsync("qabcdefghijkb1", CancellationToken.None))?.Master);
        await attachment.DetachAsync();
        Assert.Null(await fixture.Links.FindAsync("qabcdefghijkb1", CancellationToken.None));
        fault = await Assert.ThrowsAsync<FaultException>(() => table.TeardownAsync("office", "here", CancellationToken.None));
        Assert.Contains("left alone", fault.Message, StringComparison.Ordinal);
    }

    [NamespaceFact]
    public async Task ASubnetThatCollidesIsRefusedUntilItIsFreeAndALaterCollisionOnlyTold()
    {
        await using var fixture = await BridgeFixture.CreateAsync();
        await fixture.Namespace.ShellAsync("ip link add vpn0 type bridge; ip address add 10.80.0.77/16 dev vpn0; ip link set vpn0 up");
        await using var table = fixture.Make(BridgeFixture.Lan());
        await StartAsync(table);
        var network = await OnlyAsync(table);
        Assert.Equal(NetworkState.Failed, network.State);
        Assert.Contains("10.80.0.0/24 collides with the host's route to 10.80.0.0/16 by vpn0", network.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("qv-lan", await fixture.LinkNamesAsync());
        await fixture.Namespace.RunAsync("ip", "address", "del", "10.80.0.77/16", "dev", "vpn0");
        await table.Get("lan").AttachAsync(BridgeFixture.Nic('a'), CancellationToken.None);

        await fixture.Namespace.ShellAsync("ip address add 10.66.0.1/16 dev vpn0; ip route add 10.80.0.0/20 via 10.66.0.9");
        network = await OnlyAsync(table);
        Assert.Equal(NetworkState.Ready, network.State);
        Assert.Contains("the host's route to 10.80.0.0/20 by vpn0 collides", network.Message, StringComparison.Ordinal);
        await using var next = fixture.Make(BridgeFixture.Lan());
        await StartAsync(next);
        Assert.Equal(NetworkState.Ready, (await OnlyAsync(next)).State);
    }

    [NamespaceFact]
    public async Task ABridgeThatWasDeletedIsMadeAnewWithItsPorts()
    {
        await using var fixture = await BridgeFixture.CreateAsync();
        await using var table = fixture.Make(BridgeFixture.Lan());
        await StartAsync(table);
        await table.Get("lan").AttachAsync(BridgeFixture.Nic('a'), CancellationToken.None);
        var mac = (await fixture.Links.FindAsync("qv-lan", CancellationToken.None))!.Mac;
        await fixture.Namespace.RunAsync("ip", "link", "delete", "qv-lan");
        Assert.Equal(NetworkState.Ready, (await OnlyAsync(table)).State);
        Assert.Equal(mac, (await fixture.Links.FindAsync("qv-lan", CancellationToken.None))?.Mac);
        Assert.Equal("qv-lan", (await fixture.Links.FindAsync("qabcdefghijka1", CancellationToken.None))?.Master);
        await fixture.Namespace.RunAsync("ip", "link", "delete", "qv-lan");
        await table.Get("lan").AttachAsync(BridgeFixture.Nic('b'), CancellationToken.None);
        Assert.Equal("qv-lan", (await fixture.Links.FindAsync("qabcdefghijka1", CancellationToken.None))?.Master);
    }

    [NamespaceFact]
    public async Task ANetworkThatIsNotConfiguredAnyMoreGoesAndComesBackAsItWas()
    {
        await using var fixture = await BridgeFixture.CreateAsync();
        string subnet;
        await using (var table = fixture.Make(BridgeFixture.Lan("auto")))
        {
            await StartAsync(table);
            subnet = (await OnlyAsync(table)).Subnet;
        }

        await using (var without = fixture.Make(new NetworkSettings { Name = "user", User = new UserNetwork() }))
        {
            await StartAsync(without);
            Assert.Equal(["lo"], await fixture.LinkNamesAsync());
            Assert.Equal("0", fixture.Setting("net/ipv4/ip_forward"));
            Assert.Equal("", await fixture.Namespace.RunAsync("nft", "list", "ruleset"));
            Assert.Empty(await fixture.Namespace.PidsAsync());
        }

        await using var renamed = fixture.Make(new NetworkSettings { Name = "lan", Bridge = new BridgeNetwork { Bridge = "br-new" } });
        await StartAsync(renamed);
        Assert.Equal(["br-new", "lo"], (await fixture.LinkNamesAsync()).Order(StringComparer.Ordinal));
    }

    [NamespaceFact]
    public async Task ForwardsThatCannotBeAreRefusedBeforeAnythingIsTouched()
    {
        await using var fixture = await BridgeFixture.CreateAsync();
        await using var table = fixture.Make(BridgeFixture.Lan(), new() { Name = "user", User = new UserNetwork() });
        await StartAsync(table);
        Protos.Instance.V1.PortForward web = new() { HostPort = 18080, GuestPort = 80 };
        await table.Get("lan").AttachAsync(BridgeFixture.Nic('a') with { Forwards = [web] }, CancellationToken.None);
        var other = BridgeFixture.Nic('b') with { Forwards = [web, new() { HostAddress = "::1", HostPort = 1, GuestPort = 1 }, new() { HostAddress = "203.0.113.9", HostPort = 18081, GuestPort = 1 }] };
        var faults = table.Get("lan").Check(other);
        Assert.Equal(["spec.forwards[0]", "spec.forwards[1]", "spec.forwards[2]"], faults.Select(f => f.Field));
        Assert.Contains("leads to m-a already", faults[0].Message, StringComparison.Ordinal);
        Assert.Contains("leads to m-a already", Assert.Single(table.Get("user").Check(other with { Forwards = [web] })).Message, StringComparison.Ordinal);
        Assert.Empty(table.Get("lan").Check(BridgeFixture.Nic('a') with { Forwards = [web] }));
        await Assert.ThrowsAsync<FaultException>(() => table.Get("lan").AttachAsync(other, CancellationToken.None));
        Assert.DoesNotContain("qabcdefghijkb1", await fixture.LinkNamesAsync());
        await table.Get("lan").SetForwardsAsync(BridgeFixture.Nic('a'), CancellationToken.None);
        Assert.Empty(table.Get("lan").Check(other with { Forwards = [web] }));
    }

    private static Task StartAsync(NetworkTable table) => table.StartAsync([], _ => false, CancellationToken.None);

    private static async Task<Network> OnlyAsync(NetworkTable table) => Assert.Single(await table.ListAsync("here", CancellationToken.None));

    // QEMU has it open, as it has a machine's.
    private static async Task<Process> HoldAsync(BridgeFixture fixture, string tap)
    {
        var start = fixture.Namespace.Command("qemu-system-x86_64", "-M", "none", "-nodefaults", "-display", "none", "-monitor", "stdio", "-netdev", $"tap,id=n,ifname={tap},script=no,downscript=no");
        (start.RedirectStandardOutput, start.RedirectStandardInput) = (true, true);
        var process = Process.Start(start)!;
        Assert.Contains("QEMU", await process.StandardOutput.ReadLineAsync().WaitAsync(Limit), StringComparison.Ordinal);
        return process;
    }
}

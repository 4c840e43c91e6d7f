using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Network.V1;
using static Qvmc.Controller.Tests.ControllerHarness;

namespace Qvmc.Controller.Tests;

public class NetworkTests
{
    [Fact]
    public async Task Networks_are_listed_with_their_use()
    {
        await using var world = await StartOnBridgeAsync("10.80.0.10-10.80.0.59");
        world.Node.Networks = [.. world.Node.Networks!, new Network { Name = "user", Kind = NetworkKind.User, State = NetworkState.Ready, CanForward = true }];
        await world.Networks.ListNetworksAsync(new ListNetworksRequest(), Within());
        var request = Request("web1");
        request.Spec.Nics.Add([new Nic(), new Nic { Network = "user" }, new Nic { Network = "lan", Address = "10.80.0.99" }]);
        await world.Client.LaunchAsync(request, Within());
        await world.LaunchAsync("web2", WaitCondition.Unspecified);

        var listed = await world.Networks.ListNetworksAsync(new ListNetworksRequest { Node = "local" }, Within());
        Assert.Equal(["lan", "user"], listed.Networks.Select(n => n.Name));
        var lan = (await world.Networks.GetNetworkAsync(new GetNetworkRequest { Name = "lan" }, Within())).Network;
        Assert.Equal(listed.Networks[0], lan);

        // The one out of the range does not count against it.
        Assert.Equal(("local", 50u, 2u, 1), (lan.Node, lan.Addresses, lan.AddressesUsed, lan.DhcpServer.Pid));
        Assert.Equal(["web1", "web2"], lan.Instances);
        Assert.Equal(["web1"], listed.Networks[1].Instances);
        Assert.Empty(listed.Unreachable);
    }

    [Fact]
    public async Task A_network_that_is_not_there_is_named_with_those_that_are()
    {
        await using var world = await StartOnBridgeAsync();
        var request = Request("web1");
        request.Spec.Nics.Add(new Nic { Network = "lam" });
        request.Spec.MemoryMib = 1;
        var fault = await FaultOf(async () => await world.Client.LaunchAsync(request, Within()));
        Assert.Equal(FaultCode.InvalidArgument, fault.Code);
        Assert.Contains("spec.nics[0].network: \"lam\" is not a network of host \"local\": it offers \"lan\"; did you mean \"lan\"?", fault.Message, StringComparison.Ordinal);
        Assert.Contains("spec.memory_mib", fault.Message, StringComparison.Ordinal);

        var unknown = await FaultOf(async () => await world.Networks.GetNetworkAsync(new GetNetworkRequest { Name = "lam" }, Within()));
        Assert.Equal((FaultCode.NotFound, "there is no network \"lam\": there are \"lan\"; did you mean \"lan\"?"), (unknown.Code, unknown.Message));
        Assert.Equal(FaultCode.NotFound, (await FaultOf(async () => await world.Networks.ListNetworksAsync(new ListNetworksRequest { Node = "far" }, Within()))).Code);
        Assert.Equal(FaultCode.InvalidArgument, (await FaultOf(async () => await world.Networks.GetNetworkAsync(new GetNetworkRequest(), Within()))).Code);
    }

    [Fact]
    public async Task An_instance_goes_to_a_host_that_has_its_network_and_an_address()
    {
        await using var world = await StartAsync("a", "b", "c");
        world.Nodes[1].Networks = [Bridge("10.80.0.10-10.80.0.10")];
        world.Nodes[2].Networks = [Bridge("10.80.0.10-10.80.0.10")];
        await world.Networks.ListNetworksAsync(new ListNetworksRequest(), Within());
        var nodes = new List<string>();
        foreach (var name in new[] { "web1", "web2" })
        {
            var request = Request(name);
            request.Spec.Nics.Add(new Nic { Network = "lan", Address = "10.80.0.10" });
            nodes.Add((await world.Client.LaunchAsync(request, Within())).Instance.Status.Node);
        }

        Assert.Equal(["b", "c"], nodes);
        var third = Request("web3");
        third.Spec.Nics.Add(new Nic { Network = "lan" });
        Assert.Equal(FaultCode.ResourceExhausted, (await FaultOf(async () => await world.Client.LaunchAsync(third, Within()))).Code);

        var ambiguous = await FaultOf(async () => await world.Networks.GetNetworkAsync(new GetNetworkRequest { Name = "lan" }, Within()));
        Assert.Equal("node: is missing: hosts \"b\", \"c\" have a network \"lan\" each; say which", ambiguous.Message);
        Assert.Equal("c", (await world.Networks.GetNetworkAsync(new GetNetworkRequest { Name = "lan", Node = "c" }, Within())).Network.Node);
    }

    [Fact]
    public async Task A_network_is_taken_down_by_its_host()
    {
        await using var world = await StartOnBridgeAsync();
        world.Node.Networks = [.. world.Node.Networks!, new Network { Name = "user", Kind = NetworkKind.User }];
        var down = (await world.Networks.TeardownNetworkAsync(new TeardownNetworkRequest { Name = "lan" }, Within())).Network;
        Assert.Equal((NetworkState.Down, 253u), (down.State, down.Addresses));
        var refused = await FaultOf(async () => await world.Networks.TeardownNetworkAsync(new TeardownNetworkRequest { Name = "user" }, Within()));
        Assert.Equal((FaultCode.FailedPrecondition, "network \"user\" is no bridge of ours"), (refused.Code, refused.Message));
        await world.Node.StopAsync();
        await world.SeeHostAsync(reachable: false);
        Assert.Equal(FaultCode.Unavailable, (await FaultOf(async () => await world.Networks.TeardownNetworkAsync(new TeardownNetworkRequest { Name = "lan" }, Within()))).Code);
    }

    [Fact]
    public async Task Hosts_of_versions_that_can_not_tell_have_user_mode_networks()
    {
        await using var world = await StartAsync();
        await world.Node.StopAsync();
        await world.SeeHostAsync(reachable: false);
        world.Node.Networks = null;
        await world.Node.StartAsync();
        await world.SeeHostAsync(reachable: true);
        var listed = await world.Networks.ListNetworksAsync(new ListNetworksRequest(), Within());
        Assert.Equal(("user", NetworkKind.User, true), (listed.Networks.Single().Name, listed.Networks.Single().Kind, listed.Networks.Single().IsDefault));
        var request = Request("web1", WaitCondition.Running);
        request.Spec.Forwards.Add(new PortForward { HostPort = 80, GuestPort = 80 });
        await world.Client.LaunchAsync(request, Within());
    }

    [Fact]
    public async Task A_host_that_is_slow_to_tell_of_its_networks_stays_in_sight()
    {
        await using var world = await StartOnBridgeAsync("10.80.0.10-10.80.0.10");
        await world.Node.StopAsync();
        await world.SeeHostAsync(reachable: false);
        world.Node.IsSlowWithNetworks = true;
        await world.Node.StartAsync();
        await world.SeeHostAsync(reachable: true);
        Assert.Equal("10.80.0.10", (await world.LaunchAsync("web1")).Status.Nics.Single().Ipv4);
        Assert.Single((await world.Networks.ListNetworksAsync(new ListNetworksRequest(), Within())).Unreachable);
    }

    [Fact]
    public async Task Many_launches_ask_a_host_once()
    {
        await using var world = await StartAsync();
        var before = world.Node.NetworksAsked;
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => world.LaunchAsync($"web{i}", WaitCondition.Unspecified)));
        Assert.InRange(world.Node.NetworksAsked - before, 0, 1);
    }

    [Fact]
    public async Task Hardware_addresses_are_one_machines_each()
    {
        await using var world = await StartAsync();
        var request = Request("web1");
        request.Spec.Nics.Add(new Nic { Mac = "52:54:00:AB:00:01" });
        await world.Client.LaunchAsync(request, Within());
        request.Name = "web2";
        request.Spec.Nics[0].Mac = "52:54:00:ab:00:01";
        var fault = await FaultOf(async () => await world.Client.LaunchAsync(request, Within()));
        Assert.Equal(FaultCode.FailedPrecondition, fault.Code);
        Assert.Contains("hardware address 52:54:00:ab:00:01 on host \"local\" belongs to instance \"web1\"", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interfaces_are_added_and_removed_and_each_change_reaches_the_host()
    {
        await using var world = await StartOnBridgeAsync();
        var first = (await world.LaunchAsync("web1")).Status.Nics.Single();
        var added = (await world.Client.AddNicAsync(new AddNicRequest { Name = "web1", Nic = new Nic { Network = "lan", Address = "10.80.0.9", RateMbit = 100 } }, Within())).Instance;
        var nic = added.Spec.Nics[1];
        Assert.Equal((2u, MacAddress.Derive(added.Uid, 1), 100u), (nic.Slot, nic.Mac, nic.RateMbit));
        await world.Node.UntilAsync(n => n.Find("web1")!.Order is { Generation: 2, NicAddresses: [_, { Slot: 2, Ipv4: "10.80.0.9", Ipv6: "fd00:1:2:3::9" }] });

        await world.Client.RemoveNicAsync(new RemoveNicRequest { Name = "web1", Slot = 1 }, Within());
        await world.Node.UntilAsync(n => n.Find("web1")!.Order is { NicAddresses: [{ Slot: 2 }], Spec.Nics: [{ Slot: 2 }] });

        // The place is free, and so is the hardware address that goes with it.
        var again = (await world.Client.AddNicAsync(new AddNicRequest { Name = "web1" }, Within())).Instance;
        Assert.Equal((1u, first.Mac), (again.Spec.Nics[1].Slot, again.Spec.Nics[1].Mac));
        Assert.Equal([1u, 2u], again.Status.Nics.Select(n => n.Slot).Order());
    }

    [Fact]
    public async Task None_is_no_interface_until_one_is_added()
    {
        await using var world = await StartOnBridgeAsync("10.80.0.10-10.80.0.10");
        var request = Request("web1", WaitCondition.Running);
        request.Spec.Nics.Add(new Nic { Network = "none" });
        var launched = (await world.Client.LaunchAsync(request, Within())).Instance;
        Assert.Empty(launched.Status.Nics);
        Assert.Empty(world.Node.Find("web1")!.Order.NicAddresses);
        Assert.Equal("none", world.Node.Find("web1")!.Order.Spec.Nics.Single().Network);
        var added = (await world.Client.AddNicAsync(new AddNicRequest { Name = "web1" }, Within())).Instance;
        Assert.Equal(("", 1u, "10.80.0.10"), (added.Spec.Nics.Single().Network, added.Spec.Nics.Single().Slot, added.Status.Nics.Single().Ipv4));
        await world.Client.RemoveNicAsync(new RemoveNicRequest { Name = "web1", Slot = 1 }, Within());
        await world.Node.UntilAsync(n => n.Find("web1")!.Order is { NicAddresses.Count: 0, Spec.Nics.Count: 0 });
    }

    [Fact]
    public async Task Forwards_are_added_and_removed_and_conflicts_are_found()
    {
        await using var world = await StartAsync();
        await world.LaunchAsync("web1");
        await world.LaunchAsync("web2");
        var add = new AddForwardRequest { Name = "web1", Forward = new PortForward { HostPort = 8080, GuestPort = 80 } };
        var added = (await world.Client.AddForwardAsync(add, Within())).Instance;
        Assert.Equal((Protocol.Tcp, "127.0.0.1"), (added.Spec.Forwards.Single().Protocol, added.Spec.Forwards.Single().HostAddress));
        await world.Node.UntilAsync(n => n.Find("web1")!.Order.Spec.Forwards is [{ HostPort: 8080, GuestPort: 80 }]);

        // The same again changes nothing.
        Assert.Equal(added.Etag, (await world.Client.AddForwardAsync(add, Within())).Instance.Etag);

        (FaultCode Code, Func<Task> Call)[] refused =
        [
            (FaultCode.AlreadyExists, async () => await world.Client.AddForwardAsync(new AddForwardRequest { Name = "web1", Forward = new PortForward { HostPort = 8080, GuestPort = 81 } }, Within())),
            (FaultCode.FailedPrecondition, async () => await world.Client.AddForwardAsync(new AddForwardRequest { Name = "web2", Forward = new PortForward { HostAddress = "0.0.0.0", HostPort = 8080, GuestPort = 80 } }, Within())),
            (FaultCode.InvalidArgument, async () => await world.Client.AddForwardAsync(new AddForwardRequest { Name = "web1" }, Within())),
            (FaultCode.NotFound, async () => await world.Client.AddForwardAsync(new AddForwardRequest { Name = "web3", Forward = add.Forward }, Within())),
            (FaultCode.Stale, async () => await world.Client.RemoveForwardAsync(new RemoveForwardRequest { Name = "web1", Etag = "no", HostPort = 8080 }, Within())),
            (FaultCode.NotFound, async () => await world.Client.RemoveForwardAsync(new RemoveForwardRequest { Name = "web1", HostPort = 8080, Protocol = Protocol.Udp }, Within())),
            (FaultCode.FailedPrecondition, async () => await world.Client.RemoveNicAsync(new RemoveNicRequest { Name = "web1", Slot = 1 }, Within())),
            (FaultCode.NotFound, async () => await world.Client.RemoveNicAsync(new RemoveNicRequest { Name = "web1", Slot = 2 }, Within())),
            (FaultCode.InvalidArgument, async () => await world.Client.AddNicAsync(new AddNicRequest { Name = "web1", Nic = new Nic { Queues = 2 } }, Within())),
            (FaultCode.InvalidArgument, async () => await world.Client.AddNicAsync(new AddNicRequest { Name = "web1", Nic = new Nic { Slot = 1 } }, Within())),
        ];
        foreach (var (code, call) in refused)
        {
            Assert.Equal(code, (await FaultOf(call)).Code);
        }

        Assert.Equal(added.Etag, (await world.InfoAsync("web1")).Etag);
        await world.Client.RemoveForwardAsync(new RemoveForwardRequest { Name = "web1", HostPort = 8080 }, Within());
        await world.Node.UntilAsync(n => n.Find("web1")!.Order.Spec.Forwards.Count == 0);
        await world.Client.AddForwardAsync(new AddForwardRequest { Name = "web2", Forward = add.Forward }, Within());
    }

    [Fact]
    public async Task Of_two_that_want_a_port_at_once_one_gets_it()
    {
        await using var world = await StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => world.LaunchAsync($"web{i}", WaitCondition.Unspecified)));
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            try
            {
                await world.Client.AddForwardAsync(new AddForwardRequest { Name = $"web{i}", Forward = new PortForward { HostPort = 8080, GuestPort = 80 } }, Within());
                return true;
            }
            catch (Grpc.Core.RpcException e) when (e.StatusCode == Grpc.Core.StatusCode.FailedPrecondition)
            {
                return false;
            }
        }));
        Assert.Single(outcomes, taken => taken);
    }
}

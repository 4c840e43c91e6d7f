using Google.Protobuf;
using Qvmc.Controller.Records;
using Qvmc.Core.Faults;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Network.V1;
using Qvmc.Protos.Record.V1;
using Qvmc.Store.Sqlite;
using static Qvmc.Controller.Tests.ControllerHarness;

namespace Qvmc.Controller.Tests;

public class AddressTests
{
    [Fact]
    public async Task Fifty_machines_get_fifty_addresses_and_the_fifty_first_is_refused()
    {
        await using var world = await StartOnBridgeAsync("10.80.0.10-10.80.0.59");
        var launched = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => world.LaunchAsync($"web{i}", WaitCondition.Unspecified)));
        var addresses = launched.Select(i => i.Status.Nics.Single().Ipv4).ToList();
        Assert.Equal(Enumerable.Range(10, 50).Select(n => $"10.80.0.{n}").Order(), addresses.Order());
        Assert.Equal(50, launched.Select(i => i.Status.Nics.Single().Ipv6).Distinct().Count());

        var fault = await FaultOf(() => world.LaunchAsync("web50"));
        Assert.Equal(FaultCode.ResourceExhausted, fault.Code);
        Assert.Contains("network \"lan\" of host \"local\" has no address left: all 50 of 10.80.0.10-10.80.0.59 are reserved", fault.Message, StringComparison.Ordinal);
        Assert.Equal(FaultCode.NotFound, (await FaultOf(() => world.InfoAsync("web50"))).Code);

        // One that is deleted makes room for one.
        await world.Client.DeleteAsync(new DeleteRequest { Name = "web7", Force = true }, Within());
        Assert.Equal(addresses[7], (await world.LaunchAsync("web50", WaitCondition.Unspecified)).Status.Nics.Single().Ipv4);
        Assert.Equal(FaultCode.ResourceExhausted, (await FaultOf(() => world.LaunchAsync("web51"))).Code);
    }

    [Fact]
    public async Task An_address_is_the_machines_for_life()
    {
        await using var world = await StartOnBridgeAsync();
        var address = (await world.LaunchAsync("web1")).Status.Nics.Single();
        await world.Client.StopAsync(new StopRequest { Name = "web1", Wait = WaitCondition.Stopped }, Within());
        await world.RestartControllerAsync();
        var started = (await world.Client.StartAsync(new StartRequest { Name = "web1", Wait = WaitCondition.Running }, Within())).Instance;
        Assert.Equal((address.Mac, address.Ipv4), (started.Status.Nics.Single().Mac, started.Status.Nics.Single().Ipv4));
        var ordered = world.Node.Find("web1")!.Order.NicAddresses.Single();
        Assert.Equal((1u, address.Ipv4, address.Ipv6), (ordered.Slot, ordered.Ipv4, $"fd00:1:2:3::{byte.Parse(ordered.Ipv4.Split('.')[3]):x}"));
    }

    [Fact]
    public async Task Launches_at_once_never_get_one_address()
    {
        await using var world = await StartOnBridgeAsync("10.80.0.10-10.80.0.19");
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 40).Select(async i =>
        {
            try
            {
                // Half of them ask for addresses that others may get.
                var request = Request($"web{i}");
                request.Spec.Nics.Add(new Nic { Address = i % 2 == 0 ? $"10.80.0.{10 + (i / 2 % 10)}" : "" });
                return (await world.Client.LaunchAsync(request, Within())).Instance.Status.Nics.Single().Ipv4;
            }
            catch (Grpc.Core.RpcException e) when (e.StatusCode is Grpc.Core.StatusCode.ResourceExhausted or Grpc.Core.StatusCode.FailedPrecondition)
            {
                return "";
            }
        }));
        var given = outcomes.Where(o => o.Length > 0).ToList();
        Assert.Equal(10, given.Count);
        Assert.Equal(10, given.Distinct().Count());
    }

    [Fact]
    public async Task Changes_and_launches_at_once_never_get_one_address()
    {
        await using var world = await StartOnBridgeAsync("10.80.0.10-10.80.0.25");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(i => world.LaunchAsync($"old{i}", WaitCondition.Unspecified)));
        await Task.WhenAll(
        [
            .. Enumerable.Range(0, 6).Select(i => (Task)world.LaunchAsync($"new{i}", WaitCondition.Unspecified)),
            .. Enumerable.Range(0, 6).Select(async i => await world.Client.AddNicAsync(new AddNicRequest { Name = $"old{i % 4}" }, Within())),
        ]);
        var all = (await world.Client.ListAsync(new ListRequest(), Within())).Instances.SelectMany(i => i.Status.Nics).ToList();
        Assert.Equal((16, 16), (all.Count, all.Select(n => n.Ipv4).Distinct().Count()));
        Assert.Equal(16, all.Select(n => n.Mac).Distinct().Count());
        Assert.Equal(FaultCode.ResourceExhausted, (await FaultOf(async () => await world.Client.AddNicAsync(new AddNicRequest { Name = "old0" }, Within()))).Code);
    }

    [Fact]
    public async Task What_was_not_stored_is_not_reserved()
    {
        await using var world = await StartOnBridgeAsync("10.80.0.10-10.80.0.10");

        // A change that is decided and then not stored, and an instance that is gone, leave nothing behind.
        await world.LaunchAsync("first", WaitCondition.Unspecified);
        Assert.Equal(FaultCode.Stale, (await FaultOf(async () => await world.Client.AddForwardAsync(
            new AddForwardRequest { Name = "first", Etag = "other", Forward = new PortForward { HostPort = 80, GuestPort = 80 } }, Within()))).Code);
        await world.Client.AddForwardAsync(new AddForwardRequest { Name = "first", Forward = new PortForward { HostPort = 80, GuestPort = 80 } }, Within());
        await world.Client.DeleteAsync(new DeleteRequest { Name = "first", Force = true }, Within());
        var request = Request("second");
        request.Spec.Forwards.Add(new PortForward { HostPort = 80, GuestPort = 80 });
        Assert.Equal("10.80.0.10", (await world.Client.LaunchAsync(request, Within())).Instance.Status.Nics.Single().Ipv4);
    }

    [Theory]
    [InlineData("10.80.0.1", FaultCode.InvalidArgument, "spec.nics[0].address: 10.80.0.1 is the host's own address")]
    [InlineData("10.81.0.5", FaultCode.InvalidArgument, "spec.nics[0].address: 10.81.0.5 is not in subnet 10.80.0.0/24 of network \"lan\"")]
    [InlineData("10.80.0.5", FaultCode.FailedPrecondition, "it belongs to instance \"db\"")]
    public async Task An_address_that_can_not_be_had_is_refused(string address, FaultCode code, string message)
    {
        await using var world = await StartOnBridgeAsync();
        var first = Request("db");
        first.Spec.Nics.Add(new Nic { Address = "10.80.0.5" });
        Assert.Equal("10.80.0.5", (await world.Client.LaunchAsync(first, Within())).Instance.Status.Nics.Single().Ipv4);
        var request = Request("web1");
        request.Spec.Nics.Add(new Nic { Network = "lan", Address = address });
        var fault = await FaultOf(async () => await world.Client.LaunchAsync(request, Within()));
        Assert.Equal(code, fault.Code);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_removed_interfaces_address_is_nobodys_until_the_machine_is_without_it()
    {
        await using var world = await StartOnBridgeAsync();
        var request = Request("web1", WaitCondition.Running);
        request.Spec.Nics.Add([new Nic(), new Nic { Address = "10.80.0.9" }]);
        await world.Client.LaunchAsync(request, Within());
        world.Node.Change("web1", m => m.LetsGo = false);
        var removed = (await world.Client.RemoveNicAsync(new RemoveNicRequest { Name = "web1", Slot = 2 }, Within())).Instance;
        await world.SeeAsync("web1", i => i.Status.ObservedGeneration == removed.Generation);
        var other = Request("web2");
        other.Spec.Nics.Add(new Nic { Address = "10.80.0.9" });
        Assert.Contains("it belongs to instance \"web1\"", (await FaultOf(async () => await world.Client.LaunchAsync(other, Within()))).Message, StringComparison.Ordinal);
        world.Node.Change("web1", m =>
        {
            m.LetsGo = true;
            m.Take(m.Order);
        });
        await world.SeeAsync("web1", i => i.Status.Nics.Count == 1);
        Assert.Equal("10.80.0.9", (await world.Client.LaunchAsync(other, Within())).Instance.Status.Nics.Single().Ipv4);
    }

    [Fact]
    public async Task A_host_that_was_never_heard_of_gives_addresses_when_it_is()
    {
        await using var world = await StartOnBridgeAsync("10.80.0.10-10.80.0.11", running: false);
        foreach (var name in new[] { "web1", "web2", "web3" })
        {
            Assert.Equal("", (await world.LaunchAsync(name, WaitCondition.Unspecified)).Status.Nics.Single().Ipv4);
        }

        await world.Node.StartAsync();
        await world.Node.UntilAsync(n => n.Calls.Count(c => c.StartsWith("ensure", StringComparison.Ordinal)) >= 2);
        var failed = await Task.WhenAny(new[] { "web1", "web2", "web3" }.Select(n => world.SeeAsync(n, i => i.Status.State == State.Failed)));
        var instance = await failed;
        Assert.Equal("AddressesExhausted", instance.Status.LastError.Reason);
        Assert.Contains("all 2 of 10.80.0.10-10.80.0.11 are reserved", instance.Status.LastError.Message, StringComparison.Ordinal);
        Assert.Null(world.Node.Find(instance.Name));
        var others = new[] { "web1", "web2", "web3" }.Where(n => n != instance.Name).ToList();
        var given = await Task.WhenAll(others.Select(n => world.SeeAsync(n, i => i.Status.State == State.Running)));
        Assert.Equal(["10.80.0.10", "10.80.0.11"], given.Select(i => i.Status.Nics.Single().Ipv4).Order());
        Assert.All(others, n => Assert.Equal((1, 1u), (world.Node.Find(n)!.Order.NicAddresses.Count, world.Node.Find(n)!.Order.Generation)));

        // It gets the next that is given back.
        await world.Client.DeleteAsync(new DeleteRequest { Name = others[0], Force = true }, Within());
        await world.SeeAsync(instance.Name, i => i.Status.State == State.Running);
    }

    [Fact]
    public async Task Networks_are_known_while_the_host_is_away_also_to_a_controller_that_restarts()
    {
        await using var world = await StartOnBridgeAsync("10.80.0.10-10.80.0.10");
        await world.Node.StopAsync();
        await world.StopControllerAsync();
        await world.StartControllerAsync();
        Assert.Equal("10.80.0.10", (await world.LaunchAsync("web1", WaitCondition.Unspecified)).Status.Nics.Single().Ipv4);
        Assert.Equal(FaultCode.ResourceExhausted, (await FaultOf(() => world.LaunchAsync("web2"))).Code);
        var listed = await world.Networks.ListNetworksAsync(new ListNetworksRequest(), Within());
        Assert.Equal((NetworkState.Unspecified, 1u), (listed.Networks.Single().State, listed.Networks.Single().AddressesUsed));
        Assert.StartsWith("local: ", listed.Unreachable.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_subnet_that_the_operator_changed_gives_new_addresses_at_the_next_start()
    {
        await using var world = await StartOnBridgeAsync();
        await world.LaunchAsync("chosen");
        var request = Request("asked", WaitCondition.Running);
        request.Spec.Nics.Add(new Nic { Address = "10.80.0.5" });
        await world.Client.LaunchAsync(request, Within());
        foreach (var name in new[] { "chosen", "asked" })
        {
            await world.Client.StopAsync(new StopRequest { Name = name, Wait = WaitCondition.Stopped }, Within());
        }

        await world.Node.StopAsync();
        await world.SeeHostAsync(reachable: false);
        world.Node.Networks = [Bridge(subnet: "10.90.0.0/24")];
        await world.Node.StartAsync();
        await world.SeeHostAsync(reachable: true);
        await world.Client.StartAsync(new StartRequest { Name = "chosen", Wait = WaitCondition.Running }, Within());
        Assert.StartsWith("10.90.0.", world.Node.Find("chosen")!.Order.NicAddresses.Single().Ipv4, StringComparison.Ordinal);
        var fault = await FaultOf(async () => await world.Client.StartAsync(new StartRequest { Name = "asked" }, Within()));
        Assert.Equal(FaultCode.FailedPrecondition, fault.Code);
        Assert.Contains("can't have address 10.80.0.5: 10.80.0.5 is not in subnet 10.90.0.0/24", fault.Message, StringComparison.Ordinal);
        Assert.Equal(State.Stopped, (await world.InfoAsync("asked")).Status.State);
    }

    [Fact]
    public async Task Records_of_earlier_versions_get_slots_and_an_address_before_their_next_order()
    {
        await using var world = await StartOnBridgeAsync();
        await world.LaunchAsync("web1");
        await world.Client.StopAsync(new StopRequest { Name = "web1", Wait = WaitCondition.Stopped }, Within());
        await world.StopControllerAsync();
        await using (var store = SqliteStore.Open(Path.Combine(world.Settings.StateDirectory, "store.db")))
        {
            var entry = (await store.GetAsync(RecordKeys.Instance("web1"), default))!;
            var record = InstanceRecord.Parser.ParseFrom(entry.Value.Span);
            record.NicAddresses.Clear();
            record.Instance.Spec.Nics[0].Slot = 0;
            record.Instance.Spec.Nics.Add(new Nic { Network = "lan", Mac = "52:54:00:00:00:09" });
            await store.PutAsync(entry.Key, record.ToByteArray(), entry.Revision, default);
        }

        await world.StartControllerAsync();
        Assert.Equal([1u, 2u], (await world.InfoAsync("web1")).Spec.Nics.Select(n => n.Slot));
        var started = (await world.Client.StartAsync(new StartRequest { Name = "web1", Wait = WaitCondition.Running }, Within())).Instance;
        Assert.Equal([1u, 2u], world.Node.Find("web1")!.Order.NicAddresses.Select(a => a.Slot));
        Assert.Equal(2, started.Status.Nics.Select(n => n.Ipv4).Distinct().Count());
    }
}

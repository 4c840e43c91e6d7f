using Qvmc.Controller.Tests.FakeNodes;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Store;
using static Qvmc.Controller.Tests.ControllerHarness;

namespace Qvmc.Controller.Tests;

public class RecoveryTests
{
    [Fact]
    public async Task A_launch_on_a_host_that_is_down_is_stored_and_starts_when_it_comes_back()
    {
        await using var world = await StartAsync();
        await world.Node.StopAsync();
        await world.SeeHostAsync(reachable: false);
        var stored = await world.LaunchAsync("web1", WaitCondition.Unspecified);
        Assert.Equal(State.Unknown, stored.Status.State);
        Assert.Contains("can't be reached", stored.Status.Conditions.Single(c => c.Type == ConditionType.HostReachable).Message, StringComparison.Ordinal);
        var waiting = world.WaitAsync("web1", WaitCondition.Running);
        await world.Node.StartAsync();
        Assert.Equal(State.Running, (await waiting).Status.State);
    }

    [Fact]
    public async Task A_host_that_goes_makes_its_instances_unknown_and_its_return_makes_them_known()
    {
        await using var world = await StartAsync();
        await world.LaunchAsync("web1");
        await world.Node.StopAsync();
        var lost = await world.SeeAsync("web1", i => i.Status.State == State.Unknown);
        Assert.False(lost.Status.Conditions.Single(c => c.Type == ConditionType.HostReachable).Met);
        var changed = await world.Client.StopAsync(new StopRequest { Name = "web1" }, Within());
        Assert.True(changed.Changed);
        await world.Node.StartAsync();
        await world.WaitAsync("web1", WaitCondition.Stopped);
        Assert.Equal(["ensure web1 1/1", "ensure web1 2/1"], world.Node.Calls);
    }

    [Fact]
    public async Task A_restart_in_the_middle_of_everything_loses_nothing()
    {
        await using var world = await StartAsync();
        world.Node.Automatic = false;
        var launched = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => world.LaunchAsync($"web{i}", WaitCondition.Unspecified)));
        await world.StopControllerAsync();
        await world.StartControllerAsync();
        world.Node.Automatic = true;
        foreach (var before in launched)
        {
            await world.Node.UntilAsync(n => n.Find(before.Name) is not null);
            while (world.Node.Find(before.Name)!.State != State.Running)
            {
                world.Node.Step(before.Name);
            }

            var after = await world.WaitAsync(before.Name, WaitCondition.Running);
            Assert.Equal((before.Uid, before.Etag, before.Generation), (after.Uid, after.Etag, after.Generation));
        }
    }

    [Fact]
    public async Task An_order_that_was_under_way_at_a_restart_is_given_again()
    {
        await using var world = await StartAsync();
        var gate = new TaskCompletionSource();
        world.Node.Gate = gate.Task;
        await world.LaunchAsync("web1", WaitCondition.Unspecified);
        var stopping = world.StopControllerAsync();
        gate.SetResult();
        await stopping;
        await world.StartControllerAsync();
        Assert.Equal(State.Running, (await world.WaitAsync("web1", WaitCondition.Running)).Status.State);
    }

    [Fact]
    public async Task What_a_host_knows_is_there_at_the_first_call_after_a_restart()
    {
        await using var world = await StartAsync();
        await world.LaunchAsync("web1");
        await world.RestartControllerAsync();
        Assert.Equal(State.Running, (await world.InfoAsync("web1")).Status.State);
        Assert.Equal(["ensure web1 1/1"], world.Node.Calls);
    }

    [Fact]
    public async Task Machines_without_a_record_are_left_alone()
    {
        await using var world = await StartAsync();
        await world.StopControllerAsync();
        world.Node.Meddle(machines => machines["orphanorphan"] = new FakeMachine(new MachineOrder { Uid = "orphanorphan", Name = "stray", Spec = new InstanceSpec() }));
        await world.StartControllerAsync();
        await world.LaunchAsync("web1");
        Assert.Equal("web1", Assert.Single((await world.Client.ListAsync(new ListRequest(), Within())).Instances).Name);
        Assert.NotNull(world.Node.Find("stray"));
        Assert.Equal(["ensure web1 1/1"], world.Node.Calls);
    }

    [Fact]
    public async Task A_machine_that_its_host_has_lost_is_never_made_anew()
    {
        await using var world = await StartAsync();
        var launched = await world.LaunchAsync("web1");
        await world.SeeAsync("web1", i => i.Status.State == State.Running);
        await world.StopControllerAsync();
        world.Node.Meddle(machines => machines.Clear());
        await world.StartControllerAsync();
        var lost = await world.InfoAsync("web1");
        Assert.Equal((State.Failed, StatusReasons.MachineLost), (lost.Status.State, lost.Status.Reason));
        var fault = await FaultOf(async () => await world.Client.StartAsync(new StartRequest { Name = "web1" }, Within()));
        Assert.Equal(FaultCode.FailedPrecondition, fault.Code);
        Assert.Contains(launched.Uid, fault.Message, StringComparison.Ordinal);
        await world.Client.DeleteAsync(new DeleteRequest { Name = "web1" }, Within());
        Assert.DoesNotContain("ensure web1 2/1", world.Node.Calls);
    }

    [Fact]
    public async Task A_store_from_a_backup_overtakes_what_the_host_has_seen()
    {
        await using var world = await StartAsync();
        await world.LaunchAsync("web1");
        await world.StopControllerAsync();
        var store = Path.Combine(world.Settings.StateDirectory, "store.db");
        File.Copy(store, store + ".backup");
        await world.StartControllerAsync();
        await world.Client.StopAsync(new StopRequest { Name = "web1", Wait = WaitCondition.Stopped }, Within());
        await world.StopControllerAsync();
        foreach (var file in Directory.GetFiles(world.Settings.StateDirectory, "store.db*").Where(f => !f.EndsWith(".backup", StringComparison.Ordinal)))
        {
            File.Delete(file);
        }

        File.Move(store + ".backup", store, overwrite: true);
        await world.StartControllerAsync();
        await world.Node.UntilAsync(n => n.Find("web1")!.Order.Generation == 3);
        var started = await world.Client.StartAsync(new StartRequest { Name = "web1", Wait = WaitCondition.Running }, Within());
        Assert.Equal(2u, started.Instance.Status.Boot);
    }

    [Fact]
    public async Task A_host_under_another_name_is_not_used()
    {
        await using var world = await StartAsync();
        await world.Node.StopAsync();
        await world.SeeHostAsync(reachable: false);
        world.Node.OwnName = "other";
        await world.Node.StartAsync();
        await world.LaunchAsync("web1", WaitCondition.Unspecified);
        var node = await world.SeeHostAsync(reachable: false, "calls itself \"other\"");
        Assert.Equal(1u, node.Instances);
        Assert.Empty(world.Node.Calls);
    }

    [Fact]
    public async Task Hosts_are_described()
    {
        await using var world = await StartAsync();
        await world.LaunchAsync("web1");
        var node = Assert.Single((await world.Client.ListNodesAsync(new ListNodesRequest(), Within())).Nodes);
        Assert.Equal(("local", true, "7.2.0", 1048576ul, 1u), (node.Name, node.Reachable, node.QemuVersion, node.MemoryMib, node.Instances));
        await world.Node.StopAsync();
        node = await world.SeeHostAsync(reachable: false);
        Assert.Equal("7.2.0", node.QemuVersion);
    }

    [Fact]
    public async Task A_host_that_was_taken_out_is_forgotten_when_its_last_instance_is_gone()
    {
        await using var world = await StartAsync("a", "b");
        var node = (await world.LaunchAsync("web1")).Status.Node;
        var taken = world.Settings.Nodes.Single(n => n.Name == node);
        world.Settings.Nodes.Remove(taken);
        await world.RestartControllerAsync();
        Assert.Contains("is not in the controller's configuration", (await world.InfoAsync("web1")).Status.Conditions.Single(c => c.Type == ConditionType.HostReachable).Message, StringComparison.Ordinal);
        Assert.Equal(["nodes/a", "nodes/b"], await KnownAsync());

        world.Settings.Nodes.Add(taken);
        await world.RestartControllerAsync();
        await world.Client.DeleteAsync(new DeleteRequest { Name = "web1", Force = true }, Within());
        world.Settings.Nodes.Remove(taken);
        await world.RestartControllerAsync();
        Assert.Equal([$"nodes/{world.Settings.Nodes.Single().Name}"], await KnownAsync());

        async Task<IEnumerable<string>> KnownAsync() => (await world.Service<IStore>().ListAsync("nodes/", CancellationToken.None)).Entries.Select(e => e.Key);
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Qemu.Changes;
using Qvmc.Qemu.CommandLine;
using Qvmc.Qemu.Machines;
using Qvmc.Qemu.Networks.User;

namespace Qvmc.Qemu.Tests.Machines;

/// <summary>Interfaces and port forwards of machines on the real QEMU, whose processors stand still.</summary>
public sealed class LiveNicTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    [Fact]
    public async Task ForwardsComeChangeAndGoWithoutARestart()
    {
        var order = await RunningAsync(o => o.Spec.Forwards.Add(new PortForward { HostPort = FreePort(), GuestPort = 80 }));
        var (first, second) = (order.Spec.Forwards[0].HostPort, FreePort());
        await NextAsync(order, o => o.Spec.Forwards.Add([new() { HostPort = second, GuestPort = 81 }, new() { HostPort = second, GuestPort = 53, Protocol = Protocol.Udp }]));
        Assert.Equal(new[] { (first, 80u), (second, 81u), (second, 53u) }.Order(), (await ForwardsAsync(order)).Order());
        await ConnectAsync(first);
        await ConnectAsync(second);

        await NextAsync(order, o => o.Spec.Forwards[0].GuestPort = 8080);
        Assert.Contains((first, 8080u), await ForwardsAsync(order));
        await NextAsync(order, o => o.Spec.Forwards.Clear());
        Assert.Empty(await ForwardsAsync(order));
        await Assert.ThrowsAsync<SocketException>(() => ConnectAsync(first));
        Assert.DoesNotContain(Current(order).Conditions, c => c.Type == ConditionType.RestartRequired);
        Assert.Equal(order.Generation - 3, Record(order).Run.Generation);
    }

    [Fact]
    public async Task AForwardThatCannotBeHadIsToldByWhatStandsAgainstItAndThoseBeforeStay()
    {
        var holder = await RunningAsync(o => o.Spec.Forwards.Add(new PortForward { HostPort = FreePort(), GuestPort = 80 }));
        using var program = new TcpListener(IPAddress.Loopback, 0);
        program.Start();
        var order = await RunningAsync(o => o.Spec.Forwards.Add(new PortForward { HostPort = FreePort(), GuestPort = 80 }));
        await NextAsync(order, o => o.Spec.Forwards.Add(
        [
            new() { HostAddress = "0.0.0.0", HostPort = holder.Spec.Forwards[0].HostPort, GuestPort = 81 },
            new() { HostPort = (uint)((IPEndPoint)program.LocalEndpoint).Port, GuestPort = 82 },
            new() { HostAddress = "::1", HostPort = FreePort(), GuestPort = 83 },
        ]));
        var told = Current(order).Conditions.Single(c => c.Type == ConditionType.RestartRequired);
        Assert.Equal("ChangeFailed", told.Reason);
        Assert.Contains($"leads to {holder.Name} already", told.Message, StringComparison.Ordinal);
        Assert.Contains("is taken by another program", told.Message, StringComparison.Ordinal);
        Assert.Contains("\"::1\" is not an IPv4 address", told.Message, StringComparison.Ordinal);
        Assert.Equal([(order.Spec.Forwards[0].HostPort, 80u)], await ForwardsAsync(order));

        program.Stop();
        await NextAsync(holder, o => o.Spec.Forwards.Clear());
        await NextAsync(order, o => o.Spec.Forwards.RemoveAt(3));
        Assert.Equal(3, (await ForwardsAsync(order)).Count);
        Assert.DoesNotContain(Current(order).Conditions, c => c.Type == ConditionType.RestartRequired);
    }

    [Fact]
    public async Task InterfacesComeAndThoseOfAGuestThatStandsStillGoWithTheNextStart()
    {
        var order = await RunningAsync();
        await NextAsync(order, o => o.Spec.Nics.Add([Nic(3), Nic(8)]));
        var inventory = await InventoryAsync(order);
        Assert.Superset(new HashSet<string> { "nic0", "nic2", "nic7" }, inventory.Devices.ToHashSet());
        Assert.Equal(["net0", "net2", "net7"], inventory.Netdevs.Order());
        Assert.Equal([1u, 3u, 8u], Current(order).Nics.Select(n => n.Slot));
        Assert.DoesNotContain(Current(order).Conditions, c => c.Type == ConditionType.RestartRequired);

        // The first interface that can has the forwards: they move.
        var port = FreePort();
        await NextAsync(order, o => o.Spec.Forwards.Add(new PortForward { HostPort = port, GuestPort = 80 }));
        await NextAsync(order, o => o.Spec.Nics.RemoveAt(0));
        var told = Current(order).Conditions.Single(c => c.Type == ConditionType.RestartRequired);
        Assert.Contains("removing interface 1 from network \"user\" failed: the guest has not let go of it", told.Message, StringComparison.Ordinal);
        Assert.Empty(await ForwardsAsync(order));
        Assert.Equal([(port, 80u)], await ForwardsAsync(order, "net2"));
        Assert.Equal([1u], Record(order).Run.NicsGoing);

        // It can't be had back before it is gone; a restart makes an end of it.
        await fixture.RestartAsync();
        await fixture.WaitAsync(order.Uid, State.Paused);
        await NextAsync(order, o => o.Boot++);
        await fixture.WaitAsync(order.Uid, s => s is { State: State.Paused, Boot: 2 });
        Assert.Equal(["net2", "net7"], (await InventoryAsync(order)).Netdevs.Order());
        Assert.Equal([(port, 80u)], await ForwardsAsync(order, "net2"));
        Assert.Empty(Record(order).Run.NicsGoing);
    }

    /// <summary>The daemon is killed between any two commands of a step.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task AnInterfaceThatADaemonLeftHalfPutInTheNextOneFinishes(int commands)
    {
        var order = await RunningAsync();
        var session = fixture.Table.Get(order.Uid).Session!;
        var half = new NicArguments(new JsonObject { ["type"] = "user", ["id"] = "net1" }, Nic(2).Mac, 2);
        if (commands > 0)
        {
            await session.CommandAsync("netdev_add", half.Netdev);
        }

        if (commands > 1)
        {
            await session.CommandAsync("device_add", half.DeviceArguments(NicPlaces.BehindBridge));
        }

        await fixture.Table.EndAsync();
        var file = new MachineRecordFile(Paths(order).Record);
        var record = file.Load()!;
        record.Order.Generation = ++order.Generation;
        record.Order.Spec.Nics.Add(Nic(2));
        record.Run.Spec.Nics.Add(Nic(2));
        record.Run.NicsComing.Add(2);
        file.Save(record);
        await fixture.BeginAsync();
        await SettledAsync(order);
        var inventory = await InventoryAsync(order);
        Assert.Contains("nic1", inventory.Devices);
        Assert.Equal(["net0", "net1"], inventory.Netdevs.Order());
        Assert.Empty(Record(order).Run.NicsComing);
        Assert.Equal(2, Record(order).Run.Spec.Nics.Count);
    }

    [Fact]
    public async Task AnInterfaceThatCannotBeHadLeavesNothing()
    {
        var order = await RunningAsync();
        await NextAsync(order, o => o.Spec.Nics.Add(new Nic { Slot = 2, Network = "nowhere", Mac = "52:54:00:00:00:02" }));
        Assert.Contains("this host has no network \"nowhere\"", Trouble(order), StringComparison.Ordinal);

        // QEMU itself refuses it.
        await NextAsync(order, o => o.Spec.Nics[1] = new Nic { Slot = 2, Mac = "52:54:00:00:00" });
        Assert.Contains("adding interface 2 on network \"user\" failed", Trouble(order), StringComparison.Ordinal);
        Assert.Equal(["net0"], (await InventoryAsync(order)).Netdevs);
        await NextAsync(order, o => o.Spec.Nics[1] = Nic(2));
        Assert.Contains("nic1", (await InventoryAsync(order)).Devices);
        Assert.DoesNotContain(Current(order).Conditions, c => c.Type == ConditionType.RestartRequired);
        await NextAsync(order, o => o.Spec.Nics[1] = new Nic { Slot = 2, Network = "nowhere", Mac = "52:54:00:00:00:02" });
    }

    [Fact]
    public async Task AMachineThatWasFirstStartedByAnOlderVersionKeepsItsPlacesAndSaysSo()
    {
        var order = fixture.Order(PowerState.Stopped, boot: 0);
        await fixture.Table.EnsureAsync(order.Clone());
        await fixture.Table.EndAsync();
        var file = new MachineRecordFile(Paths(order).Record);
        var record = file.Load()!;
        record.MachineType = "pc-q35-7.2";
        file.Save(record);
        await fixture.BeginAsync();
        await NextAsync(order, o => (o.Spec.Power, o.Boot) = (PowerState.Paused, 1));
        await fixture.WaitAsync(order.Uid, State.Paused);
        Assert.DoesNotContain("nic-bridge", (await InventoryAsync(order)).Devices);

        var port = FreePort();
        await NextAsync(order, o =>
        {
            o.Spec.Nics.Add(Nic(2));
            o.Spec.Forwards.Add(new PortForward { HostPort = port, GuestPort = 80 });
        });
        var told = Current(order).Conditions.Single(c => c.Type == ConditionType.RestartRequired);
        Assert.Equal("SettingsChanged", told.Reason);
        Assert.Contains("restart it", told.Message, StringComparison.Ordinal);
        Assert.Equal([(port, 80u)], await ForwardsAsync(order));
        await NextAsync(order, o => o.Boot++);
        await fixture.WaitAsync(order.Uid, s => s is { State: State.Paused, Boot: 2 });
        Assert.Equal(["net0", "net1"], (await InventoryAsync(order)).Netdevs.Order());
        Assert.Equal(0u, Record(order).NicLayout);
    }

    private static Nic Nic(uint slot) => new() { Slot = slot, Network = "user", Mac = $"52:54:00:00:00:0{slot}" };

    private static uint FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return (uint)((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private static async Task ConnectAsync(uint port)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, (int)port);
    }

    private async Task<MachineOrder> RunningAsync(Action<MachineOrder>? change = null)
    {
        var order = fixture.Order();
        change?.Invoke(order);
        await fixture.Table.EnsureAsync(order.Clone());
        await fixture.WaitAsync(order.Uid, State.Paused);
        return order;
    }

    /// <summary>Orders, and waits until the machine that runs is as ordered, or has failed to be.</summary>
    private async Task NextAsync(MachineOrder order, Action<MachineOrder> change)
    {
        order.Generation++;
        change(order);
        await fixture.Table.EnsureAsync(order.Clone());
        await SettledAsync(order);
    }

    private Task SettledAsync(MachineOrder order) => fixture.WaitAsync(order.Uid, s => s.ObservedGeneration >= order.Generation);

    private string Trouble(MachineOrder order) => Current(order).Conditions.Single(c => c.Type == ConditionType.RestartRequired).Message;

    private InstanceStatus Current(MachineOrder order) => fixture.Host.Feed.Find(order.Uid)!.Status;

    private MachinePaths Paths(MachineOrder order) => fixture.Host.PathsOf(order.Uid);

    private MachineRecord Record(MachineOrder order) => new MachineRecordFile(Paths(order).Record).Load()!;

    private Task<NicInventory> InventoryAsync(MachineOrder order) => NicInventory.ReadAsync(fixture.Table.Get(order.Uid).Session!, CancellationToken.None);

    private async Task<IReadOnlyList<(uint HostPort, uint GuestPort)>> ForwardsAsync(MachineOrder order, string netdev = "net0") =>
        [.. UserForwards.Parse(await fixture.Table.Get(order.Uid).Session!.HumanCommandAsync("info usernet", CancellationToken.None), netdev).Select(f => (f.HostPort, f.GuestPort))];
}

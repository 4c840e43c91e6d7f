using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Protos.Settings.V1;
using Qvmc.Qemu.Changes;
using Qvmc.Qemu.CommandLine;
using Qvmc.Qemu.Networks;

namespace Qvmc.Qemu.Tests.Changes;

public sealed class NicPlanTests
{
    // Two networks that forward; any other name is of one that does not.
    private static readonly NetworkTable Networks = new([new() { Name = "a", User = new UserNetwork() }, new() { Name = "b", User = new UserNetwork() }]);

    [Fact]
    public void WhatRunsAsOrderedNeedsNothing()
    {
        var record = Record([Nic(0, "")], [Nic(1, "a")]);
        record.Run.Spec.Nics[0].Mac = record.Order.Spec.Nics[0].Mac;
        Assert.Empty(NicPlan.Steps(record, Networks));
        Assert.Empty(NicPlan.Steps(new MachineRecord { Order = record.Order }, Networks));
        Assert.Empty(NicPlan.Steps(Record([Nic(1, MachineNic.None)], []), Networks));
    }

    [Fact]
    public void AnInterfaceThatReplacesAnotherComesWhenThatIsGone()
    {
        var record = Record([Nic(1, "a"), Nic(2, "x")], [Nic(1, "a"), Nic(2, "b")]);
        record.Order.NicAddresses.Add(new NicAddress { Slot = 2, Ipv4 = "10.0.0.2" });
        Assert.Equal([new LiveStep.UnplugNic(Whole(Nic(2, "x")))], NicPlan.Steps(record, Networks));
        Take(record);
        Assert.Equal([new LiveStep.PlugNic(Whole(Nic(2, "b")), new NicAddress { Slot = 2, Ipv4 = "10.0.0.2" })], NicPlan.Steps(record, Networks));
        Take(record);
        Assert.Equal([new NicAddress { Slot = 2, Ipv4 = "10.0.0.2" }], record.Run.NicAddresses);
    }

    [Fact]
    public void AGuestThatWasToldToLetGoDoesSoEvenIfTheInterfaceIsWantedAgain()
    {
        var record = Record([Nic(1, "a"), Nic(2, "b")], [Nic(1, "a")]);
        var step = Assert.Single(NicPlan.Steps(record, Networks));
        Assert.True(NicPlan.Begin(record.Run, step));
        Assert.False(NicPlan.Begin(record.Run, step));
        record.Order.Spec.Nics.Add(Nic(2, "b"));
        Assert.Equal([step], NicPlan.Steps(record, Networks));
        NicPlan.Note(record.Run, step);
        Assert.IsType<LiveStep.PlugNic>(Assert.Single(NicPlan.Steps(record, Networks)));
    }

    [Fact]
    public void WhatWasHalfPutInIsFinishedOrTakenOut()
    {
        var record = Record([Nic(1, "a")], [Nic(1, "a"), Nic(2, "b")]);
        var step = Assert.Single(NicPlan.Steps(record, Networks));
        Assert.True(NicPlan.Begin(record.Run, step));
        Assert.Equal([step], NicPlan.Steps(record, Networks));
        record.Order.Spec.Nics.RemoveAt(1);
        Assert.Equal([new LiveStep.UnplugNic(Whole(Nic(2, "b")))], NicPlan.Steps(record, Networks));
        Take(record);
        Assert.Empty(NicPlan.Steps(record, Networks));
        Assert.Single(record.Run.Spec.Nics);
    }

    [Fact]
    public void ForwardsLeaveAnInterfaceBeforeAnotherGetsThem()
    {
        var record = Record([Nic(1, "x"), Nic(3, "a")], [Nic(1, "x"), Nic(2, "b"), Nic(3, "a")]);
        record.Run.Spec.Forwards.Add(Forward(80));
        record.Order.Spec.Forwards.Add(Forward(80));
        Assert.Equal([new LiveStep.SetForwards(3, [])], NicPlan.Steps(record, Networks));
        Take(record);
        Assert.IsType<LiveStep.PlugNic>(Assert.Single(NicPlan.Steps(record, Networks)));
        Take(record);
        Assert.Equal([new LiveStep.SetForwards(2, [Forward(80)])], NicPlan.Steps(record, Networks));
        Take(record);
        Assert.Empty(NicPlan.Steps(record, Networks));
    }

    [Fact]
    public void ForwardsWithoutAnInterfaceForThemAreTold()
    {
        var record = Record([Nic(1, "x")], [Nic(1, "x")]);
        record.Order.Spec.Forwards.Add(Forward(80));
        Assert.Equal([new LiveStep.SetForwards(0, [Forward(80)])], NicPlan.Steps(record, Networks));
    }

    [Fact]
    public void InterfacesOnTheRootBusWaitForAStartAndTheirForwardsDoNot()
    {
        var record = Record([Nic(1, "a")], [Nic(1, "a"), Nic(2, "b")]);
        record.NicLayout = NicPlaces.OnRootBus;
        record.Order.Spec.Forwards.Add(Forward(80));
        Assert.True(NicPlan.WaitsForStart(record, Networks));
        Assert.Equal([new LiveStep.SetForwards(1, [Forward(80)])], NicPlan.Steps(record, Networks));
        record.Order.Spec.Nics.RemoveAt(1);
        Assert.False(NicPlan.WaitsForStart(record, Networks));
    }

    /// <summary>From whatever runs to whatever is wanted, with orders that change half-way and steps that are half taken.</summary>
    [Fact]
    public void TheStepsLeadThere()
    {
        var random = new Random(11);
        for (var round = 0; round < 2000; round++)
        {
            var record = Record(Some(random), Some(random));
            var (run, order) = (record.Run, record.Order);
            SomeForwards(random, run.Spec);
            for (var change = 0; change < 3; change++)
            {
                order.Spec = new InstanceSpec { Nics = { Some(random) } };
                SomeForwards(random, order.Spec);
                for (var step = random.Next(3); step > 0 && NicPlan.Steps(record, Networks) is [var next, ..]; step--)
                {
                    NicPlan.Begin(run, next);
                    if (random.Next(2) == 0)
                    {
                        NicPlan.Note(run, next);
                    }
                }
            }

            for (var count = 0; NicPlan.Steps(record, Networks).Count > 0 && !IsHopeless(record); count++)
            {
                Assert.True(count < 40, "the steps do not end");
                Take(record);
            }

            Assert.Equal(order.Spec.Nics.Select(Whole).OrderBy(n => n.Slot), run.Spec.Nics.Select(Whole).OrderBy(n => n.Slot));
            Assert.Empty(run.NicsComing);
            Assert.Empty(run.NicsGoing);
            Assert.True(IsHopeless(record) || run.Spec.Forwards.Equals(order.Spec.Forwards));
        }
    }

    private static bool IsHopeless(MachineRecord record) => NicPlan.Steps(record, Networks) is [LiveStep.SetForwards { Slot: 0 }];

    private static void Take(MachineRecord record)
    {
        var step = NicPlan.Steps(record, Networks)[0];
        NicPlan.Begin(record.Run, step);
        NicPlan.Note(record.Run, step);
    }

    private static MachineRecord Record(Nic[] has, Nic[] wants)
    {
        var run = new InstanceSpec { Nics = { has } };
        NicPlan.FixSlots(run);
        return new() { NicLayout = NicPlaces.BehindBridge, Run = new MachineRun { Spec = run }, Order = new MachineOrder { Spec = new InstanceSpec { Nics = { wants } } } };
    }

    private static Nic[] Some(Random random) =>
        [.. Enumerable.Range(1, 4).Where(_ => random.Next(2) == 0).Select(slot => Nic((uint)slot, random.Next(3) switch { 0 => "a", 1 => "b", _ => "x" }))];

    private static void SomeForwards(Random random, InstanceSpec spec) =>
        spec.Forwards.Add(Enumerable.Range(80, 3).Where(_ => random.Next(2) == 0).Select(p => Forward((uint)p)));

    private static Nic Nic(uint slot, string network) => new() { Slot = slot, Network = network, Mac = $"52:54:00:00:00:0{slot}" };

    private static Nic Whole(Nic nic)
    {
        var whole = nic.Clone();
        whole.Queues = 1;
        return whole;
    }

    private static PortForward Forward(uint port) => new() { HostPort = 8000 + port, GuestPort = port };
}

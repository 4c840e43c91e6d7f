using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Qemu.Changes;

namespace Qvmc.Qemu.Tests.Changes;

public sealed class LivePlanTests
{
    private static readonly MachineRun Run = new() { Spec = new InstanceSpec { DiskMib = 10 } };

    [Fact]
    public void WhatRunsAsOrderedNeedsNothing()
    {
        Assert.Empty(LivePlan.Steps(Run, Order(Run)));
        Assert.Empty(LivePlan.Steps(null, Order(Run)));
        Assert.Empty(LivePlan.Steps(new MachineRun(), Order(Run)));
    }

    [Fact]
    public void TheFirstDiskGrowsAndNeverShrinks()
    {
        var order = Order(Run);
        order.Spec.DiskMib = 11;
        Assert.Equal([new LiveStep.GrowFirst(11)], LivePlan.Steps(Run, order));
        order.Spec.DiskMib = 9;
        Assert.Empty(LivePlan.Steps(Run, order));
    }

    [Fact]
    public void ADiskOfTheSameNameThatWasAddedLaterReplacesTheOldOneFirst()
    {
        var (old, later) = (Disk("a", generation: 1), Disk("a", generation: 5));
        var run = Run.Clone();
        run.Spec.DataDisks.Add(old);
        var order = Order(Run);
        order.Spec.DataDisks.Add(later);
        Assert.Equal([new LiveStep.Unplug(old)], LivePlan.Steps(run, order));
        LivePlan.Note(run, new LiveStep.Unplug(old));
        Assert.Equal([new LiveStep.Plug(later)], LivePlan.Steps(run, order));
    }

    [Fact]
    public void ADetachedDiskIsLeftOutUntilItIsAttached()
    {
        var run = Run.Clone();
        run.Spec.DataDisks.Add(Disk("a", detached: true));
        var order = Order(run);
        order.Spec.DataDisks[0].SizeMib = 9;
        Assert.Empty(LivePlan.Steps(run, order));
        order.Spec.DataDisks[0].Detached = false;
        Assert.Equal([new LiveStep.Plug(Disk("a", 9))], LivePlan.Steps(run, order));
        LivePlan.Note(run, new LiveStep.Plug(Disk("a", 9)));
        Assert.Equal(Disk("a", 9), Assert.Single(run.Spec.DataDisks));
    }

    [Fact]
    public void ACdOfTheSameNameWithOtherBytesIsAnotherCd()
    {
        var run = Run.Clone();
        Insert(run.Spec, run.CdromDigests, "cd", "old");
        var order = Order(Run);
        Insert(order.Spec, order.CdromDigests, "cd", "new");
        Assert.Equal(
            [new LiveStep.Eject(new Cdrom { Image = "cd" }, "old"), new LiveStep.Insert(new Cdrom { Image = "cd" }, "new")],
            LivePlan.Steps(run, order));
    }

    /// <summary>From whatever runs to whatever is wanted: each step brings it nearer, and at the end nothing is left.</summary>
    [Fact]
    public void TheStepsLeadThere()
    {
        var random = new Random(7);
        for (var round = 0; round < 2000; round++)
        {
            var run = Run.Clone();
            Fill(random, run.Spec, run.CdromDigests);
            var order = Order(Run);
            Fill(random, order.Spec, order.CdromDigests);
            var count = 0;
            while (LivePlan.Steps(run, order) is [var next, ..])
            {
                LivePlan.Note(run, next);
                Assert.True(++count < 30, "the steps do not end");
            }

            Assert.Equal(
                order.Spec.DataDisks.Where(d => !d.Detached).Select(d => (d.Name, d.Generation)).Order(),
                run.Spec.DataDisks.Where(d => !d.Detached).Select(d => (d.Name, d.Generation)).Order());
            Assert.Equal(
                order.Spec.Cdroms.Zip(order.CdromDigests).Select(c => $"{c}").Order(),
                run.Spec.Cdroms.Zip(run.CdromDigests).Select(c => $"{c}").Order());
            Assert.True(run.Spec.DiskMib >= order.Spec.DiskMib);
        }
    }

    private static void Fill(Random random, InstanceSpec spec, Google.Protobuf.Collections.RepeatedField<string> digests)
    {
        spec.DiskMib = (uint)random.Next(1, 4);
        foreach (var name in new[] { "a", "b", "c", "d" }.Where(_ => random.Next(2) == 0))
        {
            spec.DataDisks.Add(Disk(name, (uint)random.Next(1, 4), (uint)random.Next(1, 3), random.Next(3) == 0));
        }

        foreach (var name in new[] { "x", "y", "z" }.Where(_ => random.Next(2) == 0))
        {
            Insert(spec, digests, name, $"{random.Next(2)}");
        }
    }

    private static void Insert(InstanceSpec spec, Google.Protobuf.Collections.RepeatedField<string> digests, string image, string digest)
    {
        spec.Cdroms.Add(new Cdrom { Image = image });
        digests.Add(digest);
    }

    private static DataDisk Disk(string name, uint mib = 5, uint generation = 1, bool detached = false) =>
        new() { Name = name, SizeMib = mib, Generation = generation, Detached = detached };

    private static MachineOrder Order(MachineRun run) => new() { Spec = run.Spec.Clone(), CdromDigests = { run.CdromDigests } };
}

using Qvmc.Core.Faults;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;
using static Qvmc.Controller.Tests.ControllerHarness;

namespace Qvmc.Controller.Tests;

public class DiskTests
{
    [Fact]
    public async Task Disks_are_added_changed_and_removed_and_each_change_reaches_the_host()
    {
        await using var world = await StartAsync();
        var request = Request("web1", WaitCondition.Running);
        request.Spec.DataDisks.Add(new DataDisk { SizeMib = 10 });
        var launched = (await world.Client.LaunchAsync(request, Within())).Instance;
        Assert.Equal(("data1", 1u), (launched.Spec.DataDisks[0].Name, launched.Spec.DataDisks[0].Generation));

        var added = (await world.Client.AddDiskAsync(new AddDiskRequest { Name = "web1", Disk = new DataDisk { SizeMib = 20 } }, Within())).Instance;
        Assert.Equal(("data2", 2u), (added.Spec.DataDisks[1].Name, added.Spec.DataDisks[1].Generation));
        var grown = (await world.Client.UpdateDiskAsync(new UpdateDiskRequest { Name = "web1", Disk = "data2", SizeMib = 30, Detached = true }, Within())).Instance;
        Assert.Equal((30u, true), (grown.Spec.DataDisks[1].SizeMib, grown.Spec.DataDisks[1].Detached));
        await world.Node.UntilAsync(n => n.Find("web1")!.Order.Spec.DataDisks is [_, { SizeMib: 30, Detached: true }]);

        // The same again changes nothing.
        Assert.Equal(grown.Etag, (await world.Client.UpdateDiskAsync(new UpdateDiskRequest { Name = "web1", Disk = "data2", SizeMib = 30 }, Within())).Instance.Etag);

        var removed = (await world.Client.RemoveDiskAsync(new RemoveDiskRequest { Name = "web1", Disk = "data2" }, Within())).Instance;
        Assert.Single(removed.Spec.DataDisks);
        await world.Node.UntilAsync(n => n.Find("web1")!.Order.RemovedDisks is [{ Name: "data2", Generation: 2 }]);

        // Under the same name it is another disk.
        await world.SeeAsync("web1", i => i.Status.ObservedGeneration == removed.Generation);
        var again = (await world.Client.AddDiskAsync(new AddDiskRequest { Name = "web1", Disk = new DataDisk { Name = "data2", SizeMib = 5 } }, Within())).Instance;
        Assert.Equal(again.Generation, again.Spec.DataDisks[1].Generation);
        await world.Node.UntilAsync(n => n.Find("web1")!.Order is { RemovedDisks.Count: 0, Spec.DataDisks.Count: 2 });
    }

    [Fact]
    public async Task A_removal_is_not_forgotten_while_the_host_is_away()
    {
        await using var world = await StartAsync();
        var request = Request("web1", WaitCondition.Running);
        request.Spec.DataDisks.Add(new DataDisk { SizeMib = 10, Detached = true });
        await world.Client.LaunchAsync(request, Within());
        await world.Node.StopAsync();
        await world.SeeHostAsync(reachable: false);
        await world.Client.RemoveDiskAsync(new RemoveDiskRequest { Name = "web1", Disk = "data1" }, Within());
        await world.Client.AddDiskAsync(new AddDiskRequest { Name = "web1", Disk = new DataDisk { SizeMib = 7 } }, Within());
        await world.RestartControllerAsync();
        await world.Node.StartAsync();
        await world.Node.UntilAsync(n => n.Find("web1")!.Order is { Generation: 3, RemovedDisks: [{ Name: "data1", Generation: 1 }], Spec.DataDisks: [{ Name: "data1", Generation: 3, SizeMib: 7 }] });
    }

    [Fact]
    public async Task What_can_not_be_is_refused()
    {
        await using var world = await StartAsync();
        var request = Request("web1");
        request.Spec.DataDisks.Add(new DataDisk { Name = "a", SizeMib = 10 });
        var etag = (await world.Client.LaunchAsync(request, Within())).Instance.Etag;
        (FaultCode Code, Func<Task> Call)[] refused =
        [
            (FaultCode.AlreadyExists, async () => await world.Client.AddDiskAsync(new AddDiskRequest { Name = "web1", Disk = new DataDisk { Name = "a", SizeMib = 10 } }, Within())),
            (FaultCode.InvalidArgument, async () => await world.Client.AddDiskAsync(new AddDiskRequest { Name = "web1" }, Within())),
            (FaultCode.InvalidArgument, async () => await world.Client.UpdateDiskAsync(new UpdateDiskRequest { Name = "web1", Disk = "a", SizeMib = 9 }, Within())),
            (FaultCode.NotFound, async () => await world.Client.UpdateDiskAsync(new UpdateDiskRequest { Name = "web1", Disk = "b", SizeMib = 11 }, Within())),
            (FaultCode.NotFound, async () => await world.Client.RemoveDiskAsync(new RemoveDiskRequest { Name = "web2", Disk = "a" }, Within())),
            (FaultCode.FailedPrecondition, async () => await world.Client.RemoveDiskAsync(new RemoveDiskRequest { Name = "web1", Disk = "a" }, Within())),
            (FaultCode.Stale, async () => await world.Client.RemoveDiskAsync(new RemoveDiskRequest { Name = "web1", Disk = "a", Force = true, Etag = "no" }, Within())),
            (FaultCode.InvalidArgument, async () => await world.Client.AttachCdromAsync(new AttachCdromRequest { Name = "web1", Image = "tiny" }, Within())),
            (FaultCode.InvalidArgument, async () => await world.Client.AttachCdromAsync(new AttachCdromRequest { Name = "web1", Image = "nowhere" }, Within())),
            (FaultCode.NotFound, async () => await world.Client.DetachCdromAsync(new DetachCdromRequest { Name = "web1", Image = "tiny" }, Within())),
        ];
        foreach (var (code, call) in refused)
        {
            Assert.Equal(code, (await FaultOf(call)).Code);
        }

        Assert.Equal(etag, (await world.InfoAsync("web1")).Etag);
    }
}

using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Qvmc.Images;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Qemu.CommandLine;
using Qvmc.Qemu.Machines;

namespace Qvmc.Qemu.Tests.Machines;

/// <summary>Disks and CDs of machines on the real QEMU, whose processors stand still.</summary>
public sealed class LiveDiskTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    [Fact]
    public async Task TheFirstDiskGrowsAtOnceWhileItRunsAndAtTheNextStartOtherwise()
    {
        var order = await RunningAsync();
        await NextAsync(order, o => o.Spec.DiskMib = 5);
        Assert.DoesNotContain(Current(order).Conditions, c => c.Type == ConditionType.RestartRequired);
        Assert.Equal(5L << 20, (await NodesAsync(order))["disk0"]);

        await NextAsync(order, o => o.Spec.Power = PowerState.Stopped);
        await fixture.WaitAsync(order.Uid, State.Stopped);
        Assert.Equal(5L << 20, OverlayFile.VirtualSize(Paths(order).Disk));
        await NextAsync(order, o => o.Spec.DiskMib = 7);
        Assert.Equal(5L << 20, OverlayFile.VirtualSize(Paths(order).Disk));
        await NextAsync(order, o => (o.Spec.Power, o.Boot) = (PowerState.Paused, 2));
        await fixture.WaitAsync(order.Uid, State.Paused);
        Assert.Equal(7L << 20, (await NodesAsync(order))["disk0"]);
    }

    [Fact]
    public async Task DataDisksComeAndGoWithoutARestartAndTheirBytesStayUntilTheyAreRemoved()
    {
        var order = await RunningAsync(o => o.Spec.DataDisks.Add(Disk("cold", 3)));
        Assert.Equal(3L << 20, (await NodesAsync(order))["data-cold"]);
        Assert.Contains("data-cold-dev", await DevicesAsync(order));

        await NextAsync(order, o => o.Spec.DataDisks.Add([Disk("hot", 4, generation: 2), Disk("abcdefghijklmnopqrst", 1, generation: 2)]));
        var nodes = await NodesAsync(order);
        Assert.Equal((4L << 20, 1L << 20), (nodes["data-hot"], nodes["data-abcdefghijklmnopqrst"]));
        await NextAsync(order, o => o.Spec.DataDisks[1].SizeMib = 6);
        Assert.Equal(6L << 20, (await NodesAsync(order))["data-hot"]);

        await NextAsync(order, o => o.Spec.DataDisks[1].Detached = true);
        Assert.DoesNotContain("data-hot", (await NodesAsync(order)).Keys);
        Assert.DoesNotContain("data-hot-dev", await DevicesAsync(order));
        Assert.True(File.Exists(PathOf(order, 1)));
        await NextAsync(order, o => (o.Spec.DataDisks[1].Detached, o.Spec.DataDisks[1].SizeMib) = (false, 8));
        Assert.Equal(8L << 20, (await NodesAsync(order))["data-hot"]);

        // Another disk under the name of one that is removed.
        var removed = PathOf(order, 1);
        await NextAsync(order, o =>
        {
            o.RemovedDisks.Add(o.Spec.DataDisks[1]);
            o.Spec.DataDisks[1] = Disk("hot", 2, generation: o.Generation);
        });
        Assert.Equal(2L << 20, (await NodesAsync(order))["data-hot"]);
        Assert.False(File.Exists(removed));
        Assert.True(File.Exists(PathOf(order, 1)));
        Assert.Equal(Pid(order), Current(order).Pid);
    }

    [Fact]
    public async Task CdsComeAndGo()
    {
        using var bytes = new MemoryStream(new byte[1 << 20]);
        bytes.Position = 32 << 10;
        bytes.Write("\u0001CD001"u8);
        bytes.Position = 0;
        var digest = (await fixture.Host.Images.AddAsync(bytes, new ImageExpectation(ImageFormat.Iso), CancellationToken.None)).Digest;
        var order = await RunningAsync(o => Insert(o, "cold", digest));
        var cold = ScsiDrive.Of(order.Spec.Cdroms[0], digest, "");
        Assert.Contains(cold.Device, await DevicesAsync(order));
        await NextAsync(order, o => Insert(o, "hot", digest));
        Assert.Contains(ScsiDrive.Of(order.Spec.Cdroms[1], digest, "").Device, await DevicesAsync(order));
        await NextAsync(order, o =>
        {
            o.Spec.Cdroms.RemoveAt(0);
            o.CdromDigests.RemoveAt(0);
        });
        Assert.DoesNotContain(cold.Device, await DevicesAsync(order));
        Assert.Equal(["hot"], Record(order).Run.Spec.Cdroms.Select(c => c.Image));
    }

    [Fact]
    public async Task WithoutAnImageTheDiskIsEmptyAndStandsAlone()
    {
        var order = await RunningAsync(o => (o.Spec.Image, o.ImageDigest, o.ImageFormat, o.Spec.DiskMib) = ("", "", "", 9));
        var info = await fixture.Host.QemuImg.InfoAsync(Paths(order).Disk, ImageFormat.Qcow2, CancellationToken.None);
        Assert.Equal((9L << 20, (string?)null), (info.VirtualSizeBytes, info.BackingFile));
        Assert.DoesNotContain("base0", (await NodesAsync(order)).Keys);
    }

    /// <summary>The daemon is killed after QEMU did a step and before that was on record, or half-way through one.</summary>
    [Fact]
    public async Task WhatADaemonLeftHalfDoneTheNextOneFinishes()
    {
        var order = await RunningAsync(o => o.Spec.DataDisks.Add([Disk("gone", 2), Disk("half", 2)]));
        var session = fixture.Table.Get(order.Uid).Session!;
        await session.CommandAsync("block_resize", new JsonObject { ["node-name"] = "disk0", ["size"] = 6L << 20 });
        var half = ScsiDrive.Of(order.Spec.DataDisks[1], Paths(order));
        var deleted = session.DeletionOf(half.Device);
        await session.CommandAsync("device_del", new JsonObject { ["id"] = half.Device });
        await deleted.WaitAsync(TimeSpan.FromSeconds(60));
        var begun = ScsiDrive.Of(Disk("begun", 3, generation: 2), Paths(order));
        OverlayFile.CreateEmpty(Paths(order).DataDisk(Disk("begun", 3, generation: 2)), 3 << 20);
        await session.CommandAsync("blockdev-add", begun.FileArguments);
        await fixture.Table.EndAsync();

        // The order was on disk; nothing of what came of it is.
        var file = new MachineRecordFile(Paths(order).Record);
        var record = file.Load()!;
        record.Order.Generation = ++order.Generation;
        record.Order.Spec.DiskMib = order.Spec.DiskMib = 6;
        record.Order.RemovedDisks.Add(Disk("gone", 2));
        record.Order.Spec.DataDisks.Clear();
        record.Order.Spec.DataDisks.Add(Disk("begun", 3, generation: 2));
        file.Save(record);
        await fixture.BeginAsync();
        await SettledAsync(order);
        var nodes = await NodesAsync(order);
        Assert.Equal((6L << 20, 3L << 20), (nodes["disk0"], nodes["data-begun"]));
        Assert.Equal(["data-begun", "data-begun-file"], nodes.Keys.Where(n => n.StartsWith("data", StringComparison.Ordinal)).Order());
        Assert.Contains(begun.Device, await DevicesAsync(order));
        Assert.False(File.Exists(Paths(order).DataDisk(Disk("gone", 2))));
        Assert.Equal((6u, 1), (Record(order).Run.Spec.DiskMib, Record(order).Run.Spec.DataDisks.Count));
    }

    [Fact]
    public async Task AChangeThatFailsIsToldAndTriedAgainAndKeepsNobodyWaiting()
    {
        var order = await RunningAsync();
        var path = Paths(order).DataDisk(Disk("bad", 2, generation: 2));
        await File.WriteAllTextAsync(path, "not a disk");
        order.Generation++;
        order.Spec.DataDisks.Add([Disk("bad", 2, generation: 2), Disk("good", 2, generation: 2)]);
        await fixture.Table.EnsureAsync(order.Clone());
        var told = await fixture.WaitAsync(order.Uid, s => s.Conditions.Any(c => c.Type == ConditionType.RestartRequired));
        var condition = told.Conditions.Single(c => c.Type == ConditionType.RestartRequired);
        Assert.Equal("ChangeFailed", condition.Reason);
        Assert.Contains("\"bad\"", condition.Message, StringComparison.Ordinal);
        Assert.Contains("no qcow2 disk", condition.Message, StringComparison.Ordinal);
        await SettledAsync(order);
        Assert.Equal(["good"], Record(order).Run.Spec.DataDisks.Select(d => d.Name));
        Assert.DoesNotContain("data-bad-file", (await NodesAsync(order)).Keys);

        // The next order tries again.
        File.Delete(path);
        await NextAsync(order, o => o.Spec.MemoryMib = 64);
        await SettledAsync(order);
        Assert.Equal("memory will change at the next start", Current(order).Conditions.Single(c => c.Type == ConditionType.RestartRequired).Message);
        Assert.Equal(2L << 20, (await NodesAsync(order))["data-bad"]);
    }

    [Fact]
    public async Task AQemuThatHangsInAChangeIsEndedByForce()
    {
        var order = await RunningAsync();
        var pid = Current(order).Pid;
        using (var stop = Process.Start("kill", ["-STOP", $"{pid}"]))
        {
            await stop.WaitForExitAsync();
        }

        order.Generation++;
        order.Spec.DiskMib = 50;
        await fixture.Table.EnsureAsync(order.Clone());
        order.Generation++;
        order.Spec.Power = PowerState.Stopped;
        order.Stop = new StopPolicy { Force = true };
        await fixture.Table.EnsureAsync(order.Clone());
        Assert.Equal("StoppedByUser", (await fixture.WaitAsync(order.Uid, State.Stopped)).Reason);
    }

    private static DataDisk Disk(string name, uint mib, uint generation = 1) => new() { Name = name, SizeMib = mib, Generation = generation };

    private static void Insert(MachineOrder order, string image, string digest)
    {
        order.Spec.Cdroms.Add(new Cdrom { Image = image });
        order.CdromDigests.Add(digest);
    }

    private async Task<MachineOrder> RunningAsync(Action<MachineOrder>? change = null)
    {
        var order = fixture.Order();
        change?.Invoke(order);
        await fixture.Table.EnsureAsync(order.Clone());
        await fixture.WaitAsync(order.Uid, State.Paused);
        return order;
    }

    /// <summary>Orders, and waits until the machine that runs is as ordered.</summary>
    private async Task NextAsync(MachineOrder order, Action<MachineOrder> change)
    {
        order.Generation++;
        change(order);
        await fixture.Table.EnsureAsync(order.Clone());
        await SettledAsync(order);
    }

    private Task SettledAsync(MachineOrder order) => fixture.WaitAsync(order.Uid, s => s.ObservedGeneration >= order.Generation);

    private MachineRecord Record(MachineOrder order) => new MachineRecordFile(Paths(order).Record).Load()!;

    private MachinePaths Paths(MachineOrder order) => fixture.Host.PathsOf(order.Uid);

    private string PathOf(MachineOrder order, int disk) => Paths(order).DataDisk(order.Spec.DataDisks[disk]);

    private InstanceStatus Current(MachineOrder order) => fixture.Host.Feed.Find(order.Uid)!.Status;

    private int Pid(MachineOrder order) => Record(order).Run.Pid;

    private async Task<Dictionary<string, long>> NodesAsync(MachineOrder order) =>
        (await AskAsync(order, "query-named-block-nodes", new JsonObject { ["flat"] = true })).EnumerateArray()
            .ToDictionary(n => n.GetProperty("node-name").GetString()!, n => n.GetProperty("image").GetProperty("virtual-size").GetInt64());

    private async Task<List<string>> DevicesAsync(MachineOrder order) =>
        [.. (await AskAsync(order, "qom-list", new JsonObject { ["path"] = "/machine/peripheral" })).EnumerateArray().Select(d => d.GetProperty("name").GetString()!)];

    private Task<JsonElement> AskAsync(MachineOrder order, string command, JsonObject arguments) =>
        fixture.Table.Get(order.Uid).Session!.CommandAsync(command, arguments);
}

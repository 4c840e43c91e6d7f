using System.Text.Json.Nodes;
using Qvmc.Core.Faults;
using Qvmc.Images;
using Qvmc.Protos.Instance.V1;
using Qvmc.Qemu.CommandLine;
using Qvmc.Qemu.Machines;
using Qvmc.Qmp;

namespace Qvmc.Qemu.Changes;

/// <summary>
/// Takes a step in a machine that runs. It looks first at what QEMU has, so that a step that was taken before, or half
/// taken, leads to the same; and leaves no nodes without their device when it fails.
/// </summary>
internal sealed class LiveChange(MachineSession session, MachinePaths paths, DiskStep disks, ImageStore images, NicChange nics, TimeProvider time)
{
    // A guest can't hold a SCSI disk, but QEMU waits for what it is writing to it.
    private static readonly TimeSpan DeletionLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ResizeLimit = TimeSpan.FromSeconds(60);

    /// <summary>Takes it.</summary>
    /// <exception cref="FaultException">It could not be taken; the message says why.</exception>
    internal async Task RunAsync(LiveStep step, CancellationToken ct)
    {
        try
        {
            await (step switch
            {
                LiveStep.GrowFirst s => GrowAsync("disk0", s.Mib, ct),
                LiveStep.Grow s => GrowAsync(ScsiDrive.Of(s.Disk, paths).Node, s.Disk.SizeMib, ct),
                LiveStep.Plug s => PlugAsync(s.Disk, ct),
                LiveStep.Unplug s => TakeOutAsync(ScsiDrive.Of(s.Disk, paths), ct),
                LiveStep.Insert s => PutInAsync(ScsiDrive.Of(s.Cdrom, s.Digest, PathOf(s)), await LiveInventory.ReadAsync(session, ct), ct),
                LiveStep.Eject s => TakeOutAsync(ScsiDrive.Of(s.Cdrom, s.Digest, ""), ct),
                LiveStep.PlugNic s => nics.PlugAsync(s.Nic.Slot, ct),
                LiveStep.UnplugNic s => nics.UnplugAsync(s.Nic.Slot, ct),
                LiveStep.SetForwards s => nics.SetForwardsAsync(s.Slot, s.Forwards, ct),
                _ => throw new InvalidOperationException($"no step {step}"),
            });
        }
        catch (QmpCommandException e)
        {
            throw new FaultException(FaultCode.FailedPrecondition, e.Description, inner: e);
        }
        catch (Exception e) when (e is QmpException or IOException)
        {
            throw new FaultException(FaultCode.Unavailable, e.Message, inner: e);
        }
    }

    private async Task GrowAsync(string node, uint mib, CancellationToken ct)
    {
        var inventory = await LiveInventory.ReadAsync(session, ct);
        var bytes = (long)mib << 20;
        if (!inventory.Nodes.TryGetValue(node, out var size))
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"QEMU has no block node {node}");
        }

        if (size < bytes)
        {
            await session.CommandAsync("block_resize", new JsonObject { ["node-name"] = node, ["size"] = bytes }, ResizeLimit, ct);
        }
    }

    private async Task PlugAsync(DataDisk disk, CancellationToken ct)
    {
        var drive = ScsiDrive.Of(disk, paths);
        var inventory = await LiveInventory.ReadAsync(session, ct);
        if (!inventory.Nodes.ContainsKey(drive.FileNode))
        {
            await disks.PrepareAsync(disk, ct);
        }

        await PutInAsync(drive, inventory, ct);
        await GrowAsync(drive.Node, disk.SizeMib, ct);
    }

    private string PathOf(LiveStep.Insert step) => images.Find(step.Digest)
        ?? throw new FaultException(FaultCode.FailedPrecondition, $"image {step.Digest} is not on this host: import it again");

    private async Task PutInAsync(ScsiDrive drive, LiveInventory inventory, CancellationToken ct)
    {
        if (inventory.Devices.Contains(drive.Device))
        {
            return;
        }

        try
        {
            if (!inventory.Nodes.ContainsKey(drive.FileNode))
            {
                await session.CommandAsync("blockdev-add", drive.FileArguments, ct: ct);
            }

            if (!inventory.Nodes.ContainsKey(drive.Node))
            {
                await session.CommandAsync("blockdev-add", drive.NodeArguments, ct: ct);
            }

            await session.CommandAsync("device_add", drive.DeviceArguments(bootIndex: null), ct: ct);
        }
        catch (QmpCommandException)
        {
            await RemoveNodesAsync(drive, ct);
            throw;
        }
    }

    private async Task TakeOutAsync(ScsiDrive drive, CancellationToken ct)
    {
        if ((await LiveInventory.ReadAsync(session, ct)).Devices.Contains(drive.Device))
        {
            var deleted = session.DeletionOf(drive.Device);
            try
            {
                await session.CommandAsync("device_del", new JsonObject { ["id"] = drive.Device }, ct: ct);
                await deleted.WaitAsync(DeletionLimit, time, ct);
            }
            catch (TimeoutException)
            {
                throw new FaultException(FaultCode.Timeout, $"QEMU has not let go of it within {DeletionLimit.TotalSeconds:0} s; it is tried again");
            }
        }

        await RemoveNodesAsync(drive, ct);
    }

    private async Task RemoveNodesAsync(ScsiDrive drive, CancellationToken ct)
    {
        var nodes = (await LiveInventory.ReadAsync(session, ct)).Nodes;
        foreach (var node in new[] { drive.Node, drive.FileNode }.Where(nodes.ContainsKey))
        {
            await session.CommandAsync("blockdev-del", new JsonObject { ["node-name"] = node }, ct: ct);
        }
    }
}

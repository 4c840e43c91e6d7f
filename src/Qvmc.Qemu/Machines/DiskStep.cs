using Qvmc.Core.Faults;
using Qvmc.Images;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Qemu.Confinement;

namespace Qvmc.Qemu.Machines;

/// <summary>Sees to it that a machine has its disks, of the sizes that it wants. Only while QEMU does not have them.</summary>
/// <param name="qemuImg">Grows them.</param>
/// <param name="paths">Where they lie.</param>
/// <param name="user">Whose they are; null: ours.</param>
internal sealed class DiskStep(QemuImg qemuImg, MachinePaths paths, MachineUser? user)
{
    /// <summary>
    /// Makes the first disk if there is none (an overlay on the image, or empty without one), grows it if it is
    /// smaller than wanted; never shrinks it.
    /// </summary>
    /// <param name="order">What is wanted.</param>
    /// <param name="baseImage">The image; null: there is none.</param>
    /// <param name="ct">Breaks off.</param>
    /// <exception cref="Core.Faults.FaultException">RESOURCE_EXHAUSTED: no room. FAILED_PRECONDITION: there is a disk, and it is none of ours.</exception>
    internal async Task PrepareFirstAsync(MachineOrder order, string? baseImage, CancellationToken ct)
    {
        var bytes = (long)order.Spec.DiskMib << 20;
        RefuseCorrupt(paths.Disk);
        if (baseImage is not null && OverlayFile.VirtualSize(paths.Disk) is null)
        {
            OverlayFile.Create(paths.Disk, baseImage, ImageFormats.Parse(order.ImageFormat), bytes, user?.ForTools);
        }
        else
        {
            await PrepareAsync(paths.Disk, bytes, ct);
        }
    }

    /// <summary>Makes a data disk if there is none, grows it if it is smaller than wanted.</summary>
    /// <exception cref="Core.Faults.FaultException">As above.</exception>
    internal Task PrepareAsync(DataDisk disk, CancellationToken ct)
    {
        RefuseCorrupt(paths.DataDisk(disk));
        return PrepareAsync(paths.DataDisk(disk), (long)disk.SizeMib << 20, ct);
    }

    // QEMU would refuse it too, in fewer words.
    private static void RefuseCorrupt(string path)
    {
        if (OverlayFile.IsCorrupt(path))
        {
            throw new FaultException(
                FaultCode.FailedPrecondition,
                $"{path} is marked as damaged: keep a copy of it, repair it by \"qemu-img check -r all {path}\", and start the instance again; or put it back from a backup");
        }
    }

    private async Task PrepareAsync(string path, long wantedBytes, CancellationToken ct)
    {
        // It may be of a time when QEMU ran as somebody else.
        if (File.Exists(path))
        {
            user?.Give(path);
        }

        if (OverlayFile.VirtualSize(path) is not { } size)
        {
            OverlayFile.CreateEmpty(path, wantedBytes, user?.ForTools);
        }
        else if (size < wantedBytes)
        {
            await qemuImg.ResizeAsync(path, Protos.Image.V1.ImageFormat.Qcow2, wantedBytes, ct);
        }
    }
}

using Qvmc.Images;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Qemu.Machines;

/// <summary>Sees to it that a machine has its disk, of the size that it wants.</summary>
internal sealed class DiskStep(QemuImg qemuImg)
{
    /// <summary>Makes the overlay if there is none, grows it if it is smaller than wanted; never shrinks it.</summary>
    /// <exception cref="Core.Faults.FaultException">RESOURCE_EXHAUSTED: no room. FAILED_PRECONDITION: there is a disk, and it is none of ours.</exception>
    internal async Task PrepareAsync(string path, string baseImage, ImageFormat baseFormat, long wantedBytes, CancellationToken ct)
    {
        if (OverlayFile.VirtualSize(path) is not { } size)
        {
            await qemuImg.CreateOverlayAsync(path, baseImage, baseFormat, wantedBytes, ct);
        }
        else if (size < wantedBytes)
        {
            await qemuImg.ResizeAsync(path, ImageFormat.Qcow2, wantedBytes, ct);
        }
    }
}

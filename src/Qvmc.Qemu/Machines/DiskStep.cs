using System.Buffers.Binary;
using Qvmc.Core.Faults;
using Qvmc.Images;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Qemu.Machines;

/// <summary>Sees to it that a machine has its disk, of the size that it wants.</summary>
internal sealed class DiskStep(QemuImg qemuImg)
{
    /// <summary>Makes the overlay if there is none, grows it if it is smaller than wanted; never shrinks it.</summary>
    /// <exception cref="FaultException">RESOURCE_EXHAUSTED: no room. FAILED_PRECONDITION: there is a disk, and it is none of ours.</exception>
    internal async Task PrepareAsync(string path, string baseImage, ImageFormat baseFormat, ulong wantedBytes, CancellationToken ct)
    {
        if (VirtualSize(path) is not { } size)
        {
            await qemuImg.CreateOverlayAsync(path, baseImage, baseFormat, (long)wantedBytes, ct);
        }
        else if (size < wantedBytes)
        {
            await qemuImg.ResizeAsync(path, ImageFormat.Qcow2, (long)wantedBytes, ct);
        }
    }

    // docs/interop/qcow2.txt: magic "QFI\xfb" at 0, virtual size at 24, big endian. Read here rather than by a run of
    // qemu-img at every start; the file is our own.
    private static ulong? VirtualSize(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        Span<byte> header = stackalloc byte[32];
        using var file = File.OpenRead(path);
        return file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) == header.Length && header is [(byte)'Q', (byte)'F', (byte)'I', 0xfb, ..]
            ? BinaryPrimitives.ReadUInt64BigEndian(header[24..])
            : throw new FaultException(
                FaultCode.FailedPrecondition,
                $"{path} is there but is no qcow2 disk: it was damaged or replaced; put it back from a backup, or delete the instance");
    }
}

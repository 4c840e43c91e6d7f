using Google.Protobuf;
using Qvmc.Core.Faults;
using Qvmc.Images;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Qemu.Machines;

namespace Qvmc.Qemu.Exports;

/// <summary>
/// Sends a disk as one file: made whole first, beside the disk, so that its size is known and the machine can start
/// again while the bytes are on their way.
/// </summary>
internal sealed class DiskExporter(MachineHost host)
{
    private const int ChunkBytes = 512 << 10;

    /// <summary>Sends it.</summary>
    /// <param name="actor">The machine.</param>
    /// <param name="request">Which disk, and how.</param>
    /// <param name="send">Takes what is to be sent, one after the other.</param>
    /// <param name="ct">Gives up: the conversion ends, and nothing is left.</param>
    internal async Task SendAsync(MachineActor actor, ExportDiskRequest request, Func<ExportDiskResponse, Task> send, CancellationToken ct)
    {
        using var lease = await actor.LeaseAsync(request.Disk);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, lease.Withdrawn);
        using var file = ExportFile.Create(host.PathsOf(lease.Order.Uid).Directory, host.User);
        var format = request.Format == ImageFormat.Unspecified ? ImageFormat.Qcow2 : request.Format;
        var progress = new ExportProgress(send);
        long virtualBytes;
        try
        {
            virtualBytes = await ConvertAsync(lease, format, request.Compress, file, progress, either.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new FaultException(FaultCode.FailedPrecondition, $"machine {lease.Order.Uid} is being removed, or the daemon is being stopped");
        }

        // However slowly the client takes the rest: the disk is read.
        lease.Dispose();
        await progress.EndAsync();
        var length = RandomAccess.GetLength(file.Handle);
        await send(new ExportDiskResponse { Header = new DiskExport { Format = format, SizeBytes = (ulong)length, VirtualSizeBytes = (ulong)virtualBytes } });
        var buffer = new byte[ChunkBytes];
        for (var offset = 0L; offset < length;)
        {
            var count = await RandomAccess.ReadAsync(file.Handle, buffer, offset, ct);
            if (count == 0)
            {
                throw new IOException("the file has become shorter");
            }

            await send(new ExportDiskResponse { Chunk = UnsafeByteOperations.UnsafeWrap(buffer.AsMemory(0, count)) });
            offset += count;
        }
    }

    private async Task<long> ConvertAsync(
        DiskLease lease, ImageFormat format, bool compress, ExportFile file, ExportProgress progress, CancellationToken ct)
    {
        var chain = await PrepareAsync(lease, ct);
        var directory = Path.GetDirectoryName(chain.Path)!;
        var needed = await host.QemuImg.RoomToFlattenAsync(chain, ct);
        if (needed > Free(directory))
        {
            throw NoRoom(needed, directory);
        }

        try
        {
            await host.QemuImg.FlattenAsync(chain, needed, format, compress, file.Path, progress.Tell, ct);
        }
        catch (FaultException e) when (e.Code == FaultCode.ResourceExhausted)
        {
            // So that the room that is told of is true.
            file.Dispose();
            throw NoRoom(needed, directory, e);
        }

        file.Unlink();
        return OverlayFile.VirtualSize(chain.Path)!.Value;
    }

    private static long Free(string directory) => new DriveInfo(directory).AvailableFreeSpace;

    private static FaultException NoRoom(long needed, string directory, Exception? inner = null) => new(
        FaultCode.ResourceExhausted,
        $"the export needs up to {(needed >> 20) + 1} MiB for a while, and the file system of {directory} has {Free(directory) >> 20} MiB free; make room there and try again",
        inner: inner);

    // As it would be at the next start: made, if there was none yet, and grown.
    private async Task<DiskChain> PrepareAsync(DiskLease lease, CancellationToken ct)
    {
        var (order, paths) = (lease.Order, host.PathsOf(lease.Order.Uid));
        var step = new DiskStep(host.QemuImg, paths, host.User);
        if (lease.Disk is { } disk)
        {
            await step.PrepareAsync(disk, ct);
            return new DiskChain(paths.DataDisk(disk));
        }

        var image = order.ImageDigest.Length == 0
            ? null
            : host.Images.Find(order.ImageDigest) ?? throw new FaultException(FaultCode.FailedPrecondition, $"image {order.ImageDigest} (\"{order.Spec.Image}\") is not on this host: import it again");
        await step.PrepareFirstAsync(order, image, ct);
        return image is null ? new DiskChain(paths.Disk) : new DiskChain(paths.Disk, image, ImageFormats.Parse(order.ImageFormat));
    }
}

using Qvmc.Core.Faults;
using Qvmc.Images.Tools;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Images;

// A machine's disk as one file that stands alone.
public sealed partial class QemuImg
{
    // Compressing is slower than the slowest disk.
    private const long SlowCompressedBytes = 2 << 20;

    /// <summary>How much room a disk takes at most when it is flattened, in bytes. A raw file has holes where it has no data.</summary>
    public async Task<long> RoomToFlattenAsync(DiskChain disk, CancellationToken ct)
    {
        var result = await _tool.RunAsync(["measure", "-O", "qcow2", "--output=json", disk.Name], Long, ct, user);
        ThrowIfFailed(result, "measure", disk.Path);
        return Number(Parse(result, "measure", disk.Path), "required");
    }

    /// <summary>Writes a disk, with all that it lies upon, into one file.</summary>
    /// <param name="disk">The disk. Nobody may write to it meanwhile.</param>
    /// <param name="room">What <see cref="RoomToFlattenAsync"/> says: how long it may take depends on it.</param>
    /// <param name="format">QCOW2 or RAW.</param>
    /// <param name="compress">QCOW2 only.</param>
    /// <param name="target">A file that is there and may be overwritten. Absolute.</param>
    /// <param name="percent">Is told how far it is, 0 to 100.</param>
    /// <param name="ct">Ends the program.</param>
    /// <exception cref="FaultException">There is no room, or the disk can't be read.</exception>
    public async Task FlattenAsync(DiskChain disk, long room, ImageFormat format, bool compress, string target, Action<double> percent, CancellationToken ct)
    {
        Disk.CheckAbsolute(target);
        string[] arguments = ["convert", "-p", "-O", ImageFormats.Name(format), .. Options(format, compress), disk.Name, target];

        // It tells every percent.
        var patience = TimeSpan.FromSeconds(room / 100.0 / (compress ? SlowCompressedBytes : SlowBytes));
        ThrowIfFailed(await WorkAsync(arguments, new ToolLimits { CpuSeconds = null, User = user }, patience, percent, ct), "convert", disk.Path);
    }

    // Out of order it is faster where the disk is (-W), but not when it compresses.
    private static string[] Options(ImageFormat format, bool compress) => (format, compress) switch
    {
        (ImageFormat.Qcow2, true) => ["-o", "compat=1.1", "-c", "-m", "8"],
        (ImageFormat.Qcow2, false) => ["-o", "compat=1.1", "-m", "16", "-W"],
        _ => ["-m", "16", "-W"],
    };
}

using Qvmc.Images.Formats;

namespace Qvmc.Images.Intake;

/// <summary>A raw disk that is written as qcow2 while it comes. Its beginning and its end are kept to be looked into.</summary>
internal sealed class RawDisk(IncomingFile file, ImageStoreLimits limits)
{
    private readonly Qcow2Writer _writer = new(file, limits);
    private byte[] _head = [];
    private byte[] _tail = [];

    /// <summary>Takes a piece: whole clusters, but for the last one.</summary>
    internal ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        if (_writer.Size == 0)
        {
            _head = bytes[..Math.Min(bytes.Length, ForeignFormat.HeadLength)].ToArray();
        }

        var missing = Math.Clamp(ForeignFormat.TailLength - bytes.Length, 0, _tail.Length);
        _tail = [.. _tail[^missing..], .. bytes.Span[Math.Max(0, bytes.Length - ForeignFormat.TailLength)..]];
        return _writer.AppendAsync(bytes, ct);
    }

    /// <summary>Takes zeros: whole clusters.</summary>
    internal ValueTask SkipAsync(long count, CancellationToken ct)
    {
        _tail = new byte[ForeignFormat.TailLength];
        return _writer.SkipAsync(count, ct);
    }

    /// <summary>No more comes: completes the file.</summary>
    /// <param name="told">What its sender says it is.</param>
    /// <param name="ct">Gives up.</param>
    /// <exception cref="Core.Faults.FaultException">It is no raw disk, or a larger one than is allowed.</exception>
    /// <exception cref="NoRoomException">There is no more room.</exception>
    internal async Task<ImageInspection> EndAsync(Protos.Image.V1.ImageFormat told, CancellationToken ct)
    {
        var seen = ImageInspection.OfRaw(_head, _tail, _writer.Size, told, limits.MaxVirtualBytes);
        await _writer.EndAsync(ct);
        return seen;
    }
}

using Microsoft.Win32.SafeHandles;
using Qvmc.Core.Faults;
using Qvmc.Images.Tools;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Images.Formats;

/// <summary>Tells the format of a file that came from outside, from its bytes and by our own eyes, before QEMU sees it.</summary>
/// <param name="Format">QCOW2 or RAW.</param>
/// <param name="VirtualSizeBytes">Size of its disk.</param>
internal sealed record ImageInspection(ImageFormat Format, long VirtualSizeBytes)
{
    /// <summary>Looks at a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="told">What its sender says it is.</param>
    /// <exception cref="FaultException">It is neither, not what was said, or not allowed in; the message says why and what to do.</exception>
    internal static ImageInspection Of(SafeFileHandle file, ImageFormat told)
    {
        var size = RandomAccess.GetLength(file);
        if (size == 0)
        {
            throw Refused("it is empty");
        }

        var head = Read(file, 0, (int)Math.Min(size, ForeignFormat.HeadLength));
        var isQcow = head.AsSpan().StartsWith(Qcow2Header.Magic);
        return told switch
        {
            ImageFormat.Raw when isQcow => throw Refused("it was announced as raw and is qcow2; announce it as qcow2"),
            ImageFormat.Qcow2 when !isQcow => throw Refused($"it was announced as qcow2 and is {Foreign(file, head, size) ?? "something else, perhaps a raw disk"}"),
            _ => isQcow ? Qcow2(head, size) : Raw(file, head, size),
        };
    }

    private static ImageInspection Qcow2(byte[] head, long size)
    {
        var header = Qcow2Header.Read(head) ?? throw Refused($"it is a qcow2 file that was cut off at {size} bytes; fetch it again");
        return Qcow2Rules.Refuse(header, size) is { } reason
            ? throw Refused(reason)
            : new ImageInspection(ImageFormat.Qcow2, (long)header.Size);
    }

    private static ImageInspection Raw(SafeFileHandle file, byte[] head, long size)
    {
        if (Foreign(file, head, size) is { } foreign)
        {
            throw Refused($"it is {foreign}");
        }

        return size switch
        {
            > DiskHeader.MaxBytes => throw Refused($"it has {Disk.Size(size)}, and a disk has at most {Disk.Size(DiskHeader.MaxBytes)}"),
            _ when size % DiskHeader.Sector != 0 => throw Refused($"a raw disk has a multiple of {DiskHeader.Sector} bytes, and it has {size}: it was cut off, or is not a disk"),
            _ => new ImageInspection(ImageFormat.Raw, size),
        };
    }

    private static string? Foreign(SafeFileHandle file, byte[] head, long size)
    {
        var tail = size >= ForeignFormat.TailLength ? Read(file, size - ForeignFormat.TailLength, ForeignFormat.TailLength) : [];
        return ForeignFormat.Recognise(head, tail);
    }

    private static byte[] Read(SafeFileHandle file, long offset, int count)
    {
        var bytes = new byte[count];
        var read = 0;
        while (read < count)
        {
            var more = RandomAccess.Read(file, bytes.AsSpan(read), offset + read);
            if (more == 0)
            {
                break;
            }

            read += more;
        }

        return bytes[..read];
    }

    internal static FaultException Refused(string why) => new(FaultCode.InvalidArgument, $"the image is refused: {why}");
}

using Microsoft.Win32.SafeHandles;
using Qvmc.Core.Faults;
using Qvmc.Images.Tools;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Images.Formats;

/// <summary>Tells the format of a file that came from outside, from its bytes and by our own eyes, before QEMU sees it.</summary>
/// <param name="Format">Never UNSPECIFIED.</param>
/// <param name="VirtualSizeBytes">Size of its disk.</param>
internal sealed record ImageInspection(ImageFormat Format, long VirtualSizeBytes)
{
    /// <summary>Looks at a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="told">What its sender says it is.</param>
    /// <param name="maxVirtualBytes">Largest disk that is allowed.</param>
    /// <exception cref="FaultException">It is none of ours, not what was said, or not allowed in; the message says why and what to do.</exception>
    internal static ImageInspection Of(SafeFileHandle file, ImageFormat told, long maxVirtualBytes)
    {
        var bytes = new ImageBytes(file);
        if (bytes.Length == 0)
        {
            throw Refused("it is empty");
        }

        var head = bytes.Read(0, ForeignFormat.HeadLength);
        var seen = Seen(head, told);
        if (seen == ImageFormat.Raw)
        {
            return OfRaw(head, bytes.Read(bytes.Length - ForeignFormat.TailLength, ForeignFormat.TailLength), bytes.Length, told, maxVirtualBytes);
        }

        if (told != ImageFormat.Unspecified && told != seen)
        {
            throw Refused($"it was announced as {ImageFormats.Name(told)} and is {ImageFormats.Name(seen)}; announce it as {ImageFormats.Name(seen)}");
        }

        var size = seen switch
        {
            ImageFormat.Qcow2 => Qcow2(head, bytes.Length),
            ImageFormat.Vmdk => VmdkDisk.VirtualSize(bytes),
            ImageFormat.Vhdx => VhdxDisk.VirtualSize(bytes),
            _ => OpticalDisc.Size(bytes, head),
        };
        return Within(maxVirtualBytes, seen, size);
    }

    /// <summary>Whether a file that begins so is taken for a raw disk, and may be one as far as its sender says.</summary>
    internal static bool IsRaw(ReadOnlySpan<byte> head, ImageFormat told) =>
        told is ImageFormat.Unspecified or ImageFormat.Raw && Seen(head, told) == ImageFormat.Raw;

    /// <summary>Looks at a file that begins as no format of ours does.</summary>
    /// <param name="head">Its beginning: <see cref="ForeignFormat.HeadLength"/>.</param>
    /// <param name="tail">Its end: <see cref="ForeignFormat.TailLength"/>.</param>
    /// <param name="length">Its length.</param>
    /// <param name="told">What its sender says it is.</param>
    /// <param name="maxVirtualBytes">Largest disk that is allowed.</param>
    /// <exception cref="FaultException">As for <see cref="Of"/>.</exception>
    internal static ImageInspection OfRaw(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail, long length, ImageFormat told, long maxVirtualBytes)
    {
        var isTold = told is ImageFormat.Unspecified or ImageFormat.Raw;
        if (ForeignFormat.Recognise(head, tail) is { } foreign)
        {
            throw Refused(isTold ? $"it is {foreign}" : $"it was announced as {ImageFormats.Name(told)} and is {foreign}");
        }

        if (!isTold)
        {
            throw Refused($"it was announced as {ImageFormats.Name(told)} and is something else, perhaps a raw disk; leave the format out, or announce it as raw");
        }

        return length % DiskHeader.Sector == 0
            ? Within(maxVirtualBytes, ImageFormat.Raw, (ulong)length)
            : throw Refused($"a raw disk has a multiple of {DiskHeader.Sector} bytes, and it has {length}: it was cut off, or is not a disk");
    }

    internal static FaultException Refused(string why) => new(FaultCode.InvalidArgument, $"the image is refused: {why}");

    private static ImageInspection Within(long maxVirtualBytes, ImageFormat seen, ulong size) => size <= (ulong)maxVirtualBytes
        ? new ImageInspection(seen, (long)size)
        : throw Refused($"its disk has {size} bytes, and at most {Disk.Size(maxVirtualBytes)} are possible; image_limits.max_virtual_gib in the configuration says how large disks may be");

    private static ImageFormat Seen(ReadOnlySpan<byte> head, ImageFormat told) =>
        head.StartsWith(Qcow2Header.Magic) ? ImageFormat.Qcow2
        : head.StartsWith(VmdkHeader.Magic) ? ImageFormat.Vmdk
        : head.StartsWith(VhdxDisk.Magic) ? ImageFormat.Vhdx
        : OpticalDisc.Is(head) && !(told == ImageFormat.Raw && OpticalDisc.IsHybrid(head)) ? ImageFormat.Iso
        : ImageFormat.Raw;

    private static ulong Qcow2(byte[] head, long size)
    {
        var header = Qcow2Header.Read(head) ?? throw Refused($"it is a qcow2 file that was cut off at {size} bytes; fetch it again");
        return Qcow2Rules.Refuse(header, size) is { } reason ? throw Refused(reason) : header.Size;
    }
}

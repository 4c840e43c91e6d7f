namespace Qvmc.Images.Formats;

/// <summary>Tells what a file that is not one of ours is, so that a mistake is named instead of booted.</summary>
internal static class ForeignFormat
{
    /// <summary>How much of the beginning to hand to <see cref="Recognise"/>: the CD's descriptor is at 32 KiB.</summary>
    internal const int HeadLength = 34 << 10;

    /// <summary>How much of the end.</summary>
    internal const int TailLength = 512;

    private static readonly (int Offset, byte[] Magic, string Kind, string Remedy)[] Heads =
    [
        (0, "COWD"u8.ToArray(), "a VMDK disk of ESX's own kind", Convert("vmdk")),
        (0, "# Disk DescriptorFile"u8.ToArray(), "the description of a VMDK disk that is in other files", Convert("vmdk")),
        (0, [0xbe, 0xba, 0xfe, 0xca, 0, 0, 0, 0], "a VMDK disk of the kind seSparse", Convert("vmdk")),
        (0, "conectix"u8.ToArray(), "a VHD disk", Convert("vpc")),
        (64, [0x7f, 0x10, 0xda, 0xbe], "a VDI disk", Convert("vdi")),
        (0, "QED\0"u8.ToArray(), "a QED disk", Convert("qed")),
        (0, "WithoutFreeSpace"u8.ToArray(), "a Parallels disk", Convert("parallels")),
        (0, "WithouFreSpacExt"u8.ToArray(), "a Parallels disk", Convert("parallels")),
        (0, "Bochs Virtual HD Image"u8.ToArray(), "a Bochs disk", Convert("bochs")),
        (0, [0x1f, 0x8b], "compressed twice, by gzip within", "decompress it first: gunzip"),
        (0, [0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0], "compressed twice, by xz within", "decompress it first: unxz"),
        (0, [0x28, 0xb5, 0x2f, 0xfd], "compressed twice, by zstd within", "decompress it first: unzstd"),
        (0, "BZh"u8.ToArray(), "compressed by bzip2", "decompress it first: bunzip2"),
        (0, [0x04, 0x22, 0x4d, 0x18], "compressed by lz4", "decompress it first: unlz4"),
        (0, "PK\x03\x04"u8.ToArray(), "a zip archive", "unpack it first, and import the image in it: unzip"),
        (0, [(byte)'7', (byte)'z', 0xbc, 0xaf, 0x27, 0x1c], "a 7z archive", "unpack it first, and import the image in it: 7z x"),
        (0, "Rar!\x1a\x07"u8.ToArray(), "a rar archive", "unpack it first, and import the image in it"),
        (257, "ustar"u8.ToArray(), "a tar archive (an OVA?)", "unpack it first, and import the image in it: tar -xf"),
        (0, [0x7f, (byte)'E', (byte)'L', (byte)'F'], "a program", "an image is a disk"),
    ];

    /// <summary>What the file is and what to do about it, or null when it may be a raw disk.</summary>
    internal static string? Recognise(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail)
    {
        foreach (var (offset, magic, kind, remedy) in Heads)
        {
            if (head.Length > offset && head[offset..].StartsWith(magic))
            {
                return $"{kind}; {remedy}";
            }
        }

        if (tail.StartsWith("conectix"u8))
        {
            return $"a VHD disk; {Convert("vpc")}";
        }

        if (tail.StartsWith("koly"u8))
        {
            return $"a DMG disk; {Convert("dmg")}";
        }

        return Page(head);
    }

    private static string Convert(string format) => $"convert it: qemu-img convert -f {format} -O qcow2 OLD NEW";

    private static string? Page(ReadOnlySpan<byte> head)
    {
        var text = System.Text.Encoding.Latin1.GetString(head[..Math.Min(head.Length, 256)]).TrimStart();
        return text.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase) || text.StartsWith("<html", StringComparison.OrdinalIgnoreCase)
            ? "a web page; the download answered with a page instead of the image"
            : null;
    }
}

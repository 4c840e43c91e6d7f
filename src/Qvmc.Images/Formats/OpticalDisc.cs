using System.Buffers.Binary;

namespace Qvmc.Images.Formats;

/// <summary>A CD or DVD: ISO 9660 (ECMA-119) or UDF (ECMA-167), whose descriptors both begin in sector 16.</summary>
internal static class OpticalDisc
{
    private const int DescriptorOffset = 16 * 2048;

    internal static bool Is(ReadOnlySpan<byte> head) =>
        head.Length > DescriptorOffset + 6 && (head[(DescriptorOffset + 1)..].StartsWith("CD001"u8) || head[(DescriptorOffset + 1)..].StartsWith("BEA01"u8));

    /// <summary>It can be booted as a disk too: it has a boot sector for that.</summary>
    internal static bool IsHybrid(ReadOnlySpan<byte> head) => head.Length > 511 && head[510] == 0x55 && head[511] == 0xaa;

    /// <summary>Its size, which is the file's.</summary>
    internal static ulong Size(ImageBytes bytes, ReadOnlySpan<byte> head)
    {
        // ECMA-119 8.4: the primary descriptor tells the blocks of the volume and their size, each in both byte orders.
        const int primary = 1, blocksOffset = 80, blockSizeOffset = 128;
        var descriptor = head[DescriptorOffset..];
        if (descriptor[0] == primary && descriptor[1..].StartsWith("CD001"u8) && descriptor.Length > blockSizeOffset + 2)
        {
            var size = (long)BinaryPrimitives.ReadUInt32LittleEndian(descriptor[blocksOffset..]) * BinaryPrimitives.ReadUInt16LittleEndian(descriptor[blockSizeOffset..]);
            if (size > bytes.Length)
            {
                throw ImageInspection.Refused($"it is a CD of {size} bytes that was cut off at {bytes.Length}; fetch it again");
            }
        }

        return (ulong)bytes.Length;
    }
}

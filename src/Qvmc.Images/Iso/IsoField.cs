using System.Buffers.Binary;
using System.Text;

namespace Qvmc.Images.Iso;

/// <summary>Fields as ECMA-119 7.2 and 7.3 write them: numbers in both byte orders, one after the other.</summary>
internal static class IsoField
{
    internal static void Both16(Span<byte> at, ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(at, value);
        BinaryPrimitives.WriteUInt16BigEndian(at[2..], value);
    }

    internal static void Both32(Span<byte> at, int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(at, value);
        BinaryPrimitives.WriteInt32BigEndian(at[4..], value);
    }

    /// <summary>ASCII, filled up with spaces.</summary>
    internal static void Text(Span<byte> at, string text)
    {
        at.Fill((byte)' ');
        Encoding.ASCII.GetBytes(text, at);
    }

    /// <summary>UCS-2, big-endian, filled up with spaces.</summary>
    internal static void Wide(Span<byte> at, string text) =>
        Encoding.BigEndianUnicode.GetBytes(text.PadRight(at.Length / 2).AsSpan(0, at.Length / 2), at);
}

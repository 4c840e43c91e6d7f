namespace Qvmc.Images.Tests.Fetching;

/// <summary>Bytes that tell their place, so that anything lost, doubled or mixed up shows; every fourth 64 KiB are zeros.</summary>
internal static class Pattern
{
    internal static byte[] Bytes(long offset, int count, int version = 0)
    {
        var bytes = new byte[count];
        for (var i = 0; i < count; i++)
        {
            var place = offset + i;
            var block = place >> 16;
            bytes[i] = block % 4 == 3 ? (byte)0 : (byte)((place * 167) ^ (block * 31) ^ (place >> 8) ^ (version * 85));
        }

        return bytes;
    }
}

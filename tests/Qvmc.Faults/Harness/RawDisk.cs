namespace Qvmc.Faults.Harness;

/// <summary>Bytes of small raw disks, which no two marks have in common; raw, so that they have to be converted.</summary>
public static class RawDisk
{
    public static byte[] Of(int mark)
    {
        var bytes = new byte[1 << 20];
        BitConverter.TryWriteBytes(bytes, mark);
        bytes[^512] = 1;
        return bytes;
    }
}

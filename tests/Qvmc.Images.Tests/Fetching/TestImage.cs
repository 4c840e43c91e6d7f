using System.IO.Compression;
using System.Security.Cryptography;

namespace Qvmc.Images.Tests.Fetching;

/// <summary>Images to fetch: small disks that qemu-img made. They are kept byte for byte.</summary>
internal static class TestImage
{
    private static readonly Lazy<byte[]> First = new(Make), Second = new(Make);

    /// <summary>About 3 MiB.</summary>
    internal static byte[] Bytes => First.Value;

    /// <summary>Another of the same size.</summary>
    internal static byte[] Other => Second.Value;

    internal static Checksum Sha256(byte[] bytes) => Checksum.Of(HashAlgorithmName.SHA256, SHA256.HashData(bytes));

    internal static Checksum Sha512(byte[] bytes) => Checksum.Of(HashAlgorithmName.SHA512, SHA512.HashData(bytes));

    internal static byte[] Gzip(byte[] bytes)
    {
        using var to = new MemoryStream();
        using (var gzip = new GZipStream(to, CompressionLevel.NoCompression))
        {
            gzip.Write(bytes);
        }

        return to.ToArray();
    }

    private static byte[] Make()
    {
        using var directory = new TestDirectory();
        File.WriteAllBytes(directory.File("raw"), RandomNumberGenerator.GetBytes(3 << 20));
        Shell.Run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", directory.File("raw"), directory.File("qcow2"));
        return File.ReadAllBytes(directory.File("qcow2"));
    }
}

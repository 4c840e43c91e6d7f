using System.Buffers.Binary;
using System.Numerics;
using Microsoft.Extensions.Logging.Abstractions;
using Qvmc.Core.Faults;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Images.Tests.Formats;

/// <summary>Disks of other programs' formats, made by qemu-img and then meddled with.</summary>
internal sealed class ForeignDisk : IDisposable
{
    internal const int RawBytes = 8 << 20;

    private readonly TestDirectory _directory = new();

    internal string File(string name) => _directory.File(name);

    internal string Raw()
    {
        var path = File("disk.raw");
        var noise = new byte[3 << 20];
        new Random(1).NextBytes(noise);
        System.IO.File.WriteAllBytes(path, [.. new byte[1 << 20], .. noise, .. new byte[RawBytes - (4 << 20)]]);
        return path;
    }

    /// <summary>A disk with 3 MiB of noise in it.</summary>
    internal byte[] Make(string format, string option = "")
    {
        var path = File(Guid.NewGuid().ToString());
        Shell.Run("qemu-img", ["convert", "-f", "raw", "-O", format, .. option.Length > 0 ? ["-o", option] : Array.Empty<string>(), Raw(), path]);
        return System.IO.File.ReadAllBytes(path);
    }

    internal string Write(byte[] bytes)
    {
        var path = File(Guid.NewGuid().ToString());
        System.IO.File.WriteAllBytes(path, bytes);
        return path;
    }

    internal async Task<ImageBlob> AddAsync(byte[] bytes, ImageFormat told = ImageFormat.Unspecified)
    {
        var store = new ImageStore(File("images"), new QemuImg(), NullLogger.Instance);
        return await store.AddAsync(new MemoryStream(bytes), new ImageExpectation(told), CancellationToken.None);
    }

    /// <summary>Comes in, and is the disk that it was made of.</summary>
    internal async Task ComesInAsync(byte[] bytes, ImageFormat format)
    {
        var blob = await AddAsync(bytes);
        Assert.Equal((ImageFormat.Qcow2, format, RawBytes), (blob.Format, blob.SourceFormat, blob.VirtualSizeBytes));
        Assert.Equal(blob, await AddAsync(bytes, format));
        Shell.Run("qemu-img", "compare", "-f", "raw", "-F", "qcow2", Raw(), File($"images/sha256/{blob.Digest[7..]}"));
        Assert.Empty(Directory.GetFiles(File("images/partial")));
    }

    internal async Task RefusedAsync(byte[] bytes, string why)
    {
        var before = Images();
        var fault = await Assert.ThrowsAsync<FaultException>(() => AddAsync(bytes));
        Assert.Equal((FaultCode.InvalidArgument, "the image "), (fault.Code, fault.Message[..10]));
        Assert.Contains(why, fault.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(File("images/partial")));
        Assert.Equal(before, Images());

        int Images() => Directory.Exists(File("images/sha256")) ? Directory.GetFiles(File("images/sha256")).Length : 0;
    }

    /// <summary>Puts the checksums of a VHDX file's headers and region tables right again.</summary>
    internal static void SignVhdx(byte[] bytes)
    {
        foreach (var (offset, length) in ((int, int)[])[(64 << 10, 4096), (128 << 10, 4096), (192 << 10, 64 << 10), (256 << 10, 64 << 10)])
        {
            if (bytes.Length >= offset + length)
            {
                var part = bytes.AsSpan(offset, length);
                part.Slice(4, 4).Clear();
                var crc = uint.MaxValue;
                foreach (var b in part)
                {
                    crc = BitOperations.Crc32C(crc, b);
                }

                BinaryPrimitives.WriteUInt32LittleEndian(part[4..], ~crc);
            }
        }
    }

    public void Dispose() => _directory.Dispose();
}

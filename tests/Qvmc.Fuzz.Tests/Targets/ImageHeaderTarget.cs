using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Qvmc.Core.Faults;
using Qvmc.Fuzz.Tests.Engine;
using Qvmc.Images.Formats;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Fuzz.Tests.Targets;

/// <summary>
/// Files that come in as disks, qcow2, VMDK, VHDX, ISO or raw: each is taken with a size within the limit, or refused as an
/// invalid argument, and little is read of it. An input is the file's size (8 bytes, little endian), and then pieces of the
/// file: where (8 bytes), how many bytes (2), and these. What is between them is nothing.
/// </summary>
internal sealed class ImageHeaderTarget : FuzzTarget, IDisposable
{
    private const long MaxVirtual = 1L << 44, LongestFile = 1L << 36;

    private readonly string _path = Path.GetTempFileName();
    private readonly SafeFileHandle _file;

    public ImageHeaderTarget()
    {
        _file = File.OpenHandle(_path, FileMode.Create, FileAccess.ReadWrite);
        File.Delete(_path);
    }

    public override string Name => "image-header";

    public override bool KeepsPlaces => true;

    public override IReadOnlyList<string> Words => ["QFI\u00fb", "KDMV", "vhdxfile", "head", "regi", "metadata", "CD001", "BEA01", "parentCID=", "RW 1 FLAT \"x\"", "createType=\"monolithicSparse\""];

    // Tables that are read whole are bounded by the file or by what the format allows.
    public override long MaxAllocated(int length) => 24L << 20;

    public override long MaxSteps(int length) => 2_000_000;

    public override void Run(byte[] input)
    {
        RandomAccess.SetLength(_file, 0);
        RandomAccess.SetLength(_file, Write(input));
        SignVhdx();
        foreach (var told in (ImageFormat[])[ImageFormat.Unspecified, ImageFormat.Raw, ImageFormat.Qcow2])
        {
            try
            {
                var seen = ImageInspection.Of(_file, told, MaxVirtual);
                Assert.NotEqual(ImageFormat.Unspecified, seen.Format);
                Assert.InRange(seen.VirtualSizeBytes, 0, MaxVirtual);
                Assert.True(told is ImageFormat.Unspecified || told == seen.Format, $"told {told}, seen {seen.Format}");
                CheckEnd(seen);
            }
            catch (FaultException e)
            {
                Assert.Equal(FaultCode.InvalidArgument, e.Code);
                Assert.StartsWith("the image is refused: ", e.Message, StringComparison.Ordinal);
                Assert.DoesNotContain(e.Message, c => char.IsControl(c));
            }
        }
    }

    public void Dispose() => _file.Dispose();

    private void CheckEnd(ImageInspection seen)
    {
        if (seen.Format == ImageFormat.Vmdk)
        {
            VmdkDisk.CheckEnd(new ImageBytes(_file));
        }
    }

    // The checksums of a VHDX file's headers and tables, which no change by chance would hit.
    private void SignVhdx()
    {
        var part = new byte[64 << 10];
        if (RandomAccess.Read(_file, part.AsSpan(0, 8), 0) < 8 || !part.AsSpan(0, 8).SequenceEqual(VhdxDisk.Magic))
        {
            return;
        }

        foreach (var (offset, length) in ((int, int)[])[(64 << 10, 4096), (128 << 10, 4096), (192 << 10, 64 << 10), (256 << 10, 64 << 10)])
        {
            if (RandomAccess.GetLength(_file) >= offset + length)
            {
                RandomAccess.Read(_file, part.AsSpan(0, length), offset);
                part.AsSpan(4, 4).Clear();
                var sum = uint.MaxValue;
                foreach (var each in MemoryMarshal.Cast<byte, ulong>(part.AsSpan(0, length)))
                {
                    sum = BitOperations.Crc32C(sum, each);
                }

                BinaryPrimitives.WriteUInt32LittleEndian(part, ~sum);
                RandomAccess.Write(_file, part.AsSpan(0, 4), offset + 4);
            }
        }
    }

    private long Write(byte[] input)
    {
        if (input.Length < 8)
        {
            return 0;
        }

        var length = (long)(BinaryPrimitives.ReadUInt64LittleEndian(input) % (ulong)LongestFile);
        for (var at = 8; at + 10 <= input.Length;)
        {
            var offset = (long)(BinaryPrimitives.ReadUInt64LittleEndian(input.AsSpan(at)) % (ulong)LongestFile);
            var count = Math.Min(BinaryPrimitives.ReadUInt16LittleEndian(input.AsSpan(at + 8)), input.Length - at - 10);
            RandomAccess.Write(_file, input.AsSpan(at + 10, count), offset);
            at += 10 + count;
        }

        return length;
    }
}

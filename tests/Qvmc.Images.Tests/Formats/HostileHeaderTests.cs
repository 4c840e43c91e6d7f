using System.Buffers.Binary;
using Qvmc.Core.Faults;
using Qvmc.Images.Formats;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Images.Tests.Formats;

/// <summary>Whatever a file holds, it comes in or is refused; nothing else ever comes of it.</summary>
public sealed class HostileHeaderTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);
    private static readonly ImageFormat[] Told = [.. Enum.GetValues<ImageFormat>()];
    private readonly ForeignDisk _disk = new();

    public static TheoryData<string, string> Kinds => new()
    {
        { "qcow2", "" }, { "qcow2", "compat=0.10" }, { "vmdk", "" }, { "vmdk", "subformat=streamOptimized" }, { "vhdx", "block_size=1M" }, { "raw", "" },
    };

    [Fact]
    public async Task Random_bytes_behind_any_magic_are_judged()
    {
        var random = new Random(20261123);
        byte[][] magics = [[], [(byte)'Q', (byte)'F', (byte)'I', 0xfb], "KDMV"u8.ToArray(), "vhdxfile"u8.ToArray(), [(byte)'Q', (byte)'F', (byte)'I', 0xfb, 0, 0, 0, 3]];
        await Task.Run(() =>
        {
            for (var i = 0; i < 3000; i++)
            {
                var bytes = new byte[random.Next(600_000) >> random.Next(16)];
                random.NextBytes(bytes);
                var magic = magics[random.Next(magics.Length)];
                magic.AsSpan(0, Math.Min(magic.Length, bytes.Length)).CopyTo(bytes);
                if (random.Next(4) == 0 && bytes.Length > 32775)
                {
                    "\u0001CD001"u8.CopyTo(bytes.AsSpan(32768));
                }

                Judge(_disk.Write(bytes), $"round {i}");
            }
        }).WaitAsync(Limit);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Real_files_with_changes_are_judged(string format, string option)
    {
        var real = _disk.Make(format, option);
        var path = _disk.File("changed");
        var random = new Random(7);
        await Task.Run(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                File.WriteAllBytes(path, Change(real, random));
                Judge(path, $"round {i}");
            }
        }).WaitAsync(Limit);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Real_files_with_changes_come_in_or_not_and_leave_nothing(string format, string option)
    {
        var real = _disk.Make(format, option);
        var random = new Random(11);
        for (var i = 0; i < 12; i++)
        {
            try
            {
                var blob = await _disk.AddAsync(Change(real, random)).WaitAsync(Limit);
                Assert.Equal(ImageFormat.Qcow2, blob.Format);
            }
            catch (FaultException e)
            {
                Assert.True(e.Code is FaultCode.InvalidArgument or FaultCode.ResourceExhausted, $"round {i}: {e}");
            }

            Assert.Empty(Directory.GetFiles(_disk.File("images/partial")));
        }
    }

    // A few numbers of any width, most of them where headers and tables are, some of them at the edge of what fits.
    private static byte[] Change(byte[] real, Random random)
    {
        var bytes = (byte[])real.Clone();
        for (var n = random.Next(1, 6); n > 0; n--)
        {
            var reach = random.Next(5) switch { 0 => 128, 1 => 1024, 2 => 300 << 10, 3 => 4 << 20, _ => bytes.Length };
            var at = random.Next(Math.Min(reach, bytes.Length - 8));
            ulong[] edges = [0, 1, 0x7fff_ffff, 0xffff_ffff, long.MaxValue, ulong.MaxValue, (ulong)bytes.Length, (ulong)random.NextInt64()];
            var value = new byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(value, edges[random.Next(edges.Length)]);
            value.AsSpan(0, random.Next(1, 9)).CopyTo(bytes.AsSpan(at));
        }

        if (random.Next(2) == 0)
        {
            ForeignDisk.SignVhdx(bytes);
        }

        return random.Next(4) == 0 ? bytes[..random.Next(1, bytes.Length)] : bytes;
    }

    private static void Judge(string path, string round)
    {
        using var file = File.OpenHandle(path);
        foreach (var told in Told)
        {
            try
            {
                var seen = ImageInspection.Of(file, told, 64L << 40);
                Assert.True(seen.VirtualSizeBytes > 0 && seen.Format != ImageFormat.Unspecified, round);
            }
            catch (FaultException e)
            {
                Assert.True(e.Code == FaultCode.InvalidArgument && e.Message.Length < 500 && !e.Message.Any(char.IsControl), $"{round}: {e.Message}");
            }
            catch (Exception e)
            {
                Assert.Fail($"{round}, told {told}: {e}");
            }
        }
    }

    public void Dispose() => _disk.Dispose();
}

using System.Globalization;
using System.Security.Cryptography;
using Qvmc.Qemu.Tests.Machines;

namespace Qvmc.Qemu.Tests.Exports;

/// <summary>On a file system of 120 MiB in a mount namespace of its own: gone with the process.</summary>
public sealed class FullDiskTests : IDisposable
{
    private const int DiskBytes = 48 << 20;
    private readonly string _small = Directory.CreateTempSubdirectory("qf-").FullName;
    private readonly string _sources = Directory.CreateTempSubdirectory("qf-").FullName;

    [SmallDiskFact]
    public void AnExportThatFillsTheDiskLeavesNothingAndSaysHowMuchItNeeds()
    {
        // What can't be compressed takes its time.
        var raw = Path.Combine(_sources, "raw");
        var disk = Path.Combine(_sources, "disk.qcow2");
        File.WriteAllBytes(raw, RandomNumberGenerator.GetBytes(DiskBytes));
        Assert.Equal("", SmallDisk.Run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, disk).Errors);
        var (exitCode, output, errors) = SmallDisk.RunOn(_small, 120, "export", _small, disk);
        Assert.True(exitCode == 0, errors);
        var lines = output.Split('\n');
        Assert.Matches($@"^ResourceExhausted the export needs up to 49 MiB for a while, and the file system of .* has {lines[1]} MiB free; make room there and try again$", lines[0]);
        Assert.Equal("crowd", lines[2]);
        Assert.InRange(long.Parse(lines[3], CultureInfo.InvariantCulture), DiskBytes, DiskBytes * 2);
    }

    public void Dispose()
    {
        Directory.Delete(_small, recursive: true);
        Directory.Delete(_sources, recursive: true);
    }
}

namespace Qvmc.Qemu.Tests.Machines;

/// <summary>A real guest that fills its host's disk. What happens there is in <see cref="FullGuestProgram"/>.</summary>
public sealed class FullGuestTests : IDisposable
{
    private const int DiskMib = 160;
    private readonly string _small = Directory.CreateTempSubdirectory("qg-").FullName;

    [SmallDiskFact]
    public void AGuestThatFillsTheHostsDiskStandsStillAndLosesNothing()
    {
        var image = Environment.GetEnvironmentVariable("QVMC_TINY_IMAGE") ?? Path.Combine(Root(), "build", "tiny.qcow2");
        Assert.True(File.Exists(image), $"{image} is not there: run \"make image\" first");
        var (exitCode, output, errors) = SmallDisk.RunOn(_small, DiskMib, "guest", _small, image);
        Assert.True(exitCode == 0, $"{output}\n{errors}");
        Assert.Equal(
            """
            ready
            DiskFull, DiskFull met, 0 bytes free
            an order: taken
            a machine: ResourceExhausted
            the console: lost, then kept
            tried and still full
            runs: by itself
            written: 0
            the clock: set
            stopped: StoppedByUser
            check: 0
            on record: StoppedByUser

            """,
            output);
    }

    private static string Root([System.Runtime.CompilerServices.CallerFilePath] string source = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, "..", "..", ".."));

    public void Dispose() => Directory.Delete(_small, recursive: true);
}

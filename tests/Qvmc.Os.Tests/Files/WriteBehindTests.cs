using Qvmc.Os.Files;

namespace Qvmc.Os.Tests.Files;

public sealed class WriteBehindTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void The_kernel_begins_with_each_eight_MiB_also_after_a_cut()
    {
        using var file = File.OpenHandle(_path, FileMode.Open, FileAccess.ReadWrite);
        var behind = new WriteBehind(file);

        Assert.Equal([false, false, true, false, true, false, true], new long[] { 0, 7, 8, 15, 20, 3, 11 }.Select(mib => behind.Appended(mib << 20)));
    }

    [Fact]
    public void What_can_t_be_written_to_is_no_error()
    {
        using var file = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Write);

        Assert.False(new WriteBehind(file).Appended(8 << 20));
    }
}

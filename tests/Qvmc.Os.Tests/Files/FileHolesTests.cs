using Microsoft.Win32.SafeHandles;
using Qvmc.Os.Files;

namespace Qvmc.Os.Tests.Files;

public sealed class FileHolesTests : IDisposable
{
    private const int MiB = 1 << 20;
    private readonly string _path = Path.GetTempFileName();
    private readonly SafeFileHandle _file;

    public FileHolesTests() => _file = File.OpenHandle(_path, FileMode.Open, FileAccess.ReadWrite);

    public void Dispose()
    {
        _file.Dispose();
        File.Delete(_path);
    }

    [Fact]
    public void Data_and_holes_are_told_apart()
    {
        RandomAccess.Write(_file, Enumerable.Repeat((byte)7, MiB).ToArray(), 2 * MiB);
        RandomAccess.SetLength(_file, 8 * MiB);

        Assert.Equal(2 * MiB, FileHoles.NextData(_file, 0));
        Assert.Equal((2 * MiB) + 5, FileHoles.NextData(_file, (2 * MiB) + 5));
        Assert.Equal(8 * MiB, FileHoles.NextData(_file, 3 * MiB));
        Assert.Equal(0, FileHoles.NextHole(_file, 0));
        Assert.Equal(3 * MiB, FileHoles.NextHole(_file, 2 * MiB));
    }

    [Fact]
    public void Behind_the_end_there_is_nothing()
    {
        RandomAccess.SetLength(_file, MiB);

        Assert.Equal(MiB, FileHoles.NextData(_file, MiB));
        Assert.Equal(9 * MiB, FileHoles.NextData(_file, 9 * MiB));
        Assert.Equal(long.MaxValue, FileHoles.NextHole(_file, MiB));
    }

    [Fact]
    public void Where_nobody_knows_all_is_data()
    {
        using var odd = File.OpenHandle("/proc/self/maps");

        Assert.Equal(3, FileHoles.NextData(odd, 3));
        Assert.Equal(long.MaxValue, FileHoles.NextHole(odd, 3));
    }
}

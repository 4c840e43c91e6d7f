using Qvmc.Os.Files;

namespace Qvmc.Os.Tests.Files;

public sealed class FileExchangeTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("qx-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void EachHasTheOthersName()
    {
        var (one, other) = (Path.Combine(_directory, "one"), Path.Combine(_directory, "other"));
        File.WriteAllText(one, "1");
        Assert.False(FileExchange.TryExchange(one, other));
        Assert.Equal("1", File.ReadAllText(one));
        File.WriteAllText(other, "2");
        Assert.Equal(OperatingSystem.IsLinux(), FileExchange.TryExchange(one, other));
        Assert.Equal(OperatingSystem.IsLinux() ? ("2", "1") : ("1", "2"), (File.ReadAllText(one), File.ReadAllText(other)));
    }
}

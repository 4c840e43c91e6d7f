using Qvmc.Os.Files;

namespace Qvmc.Os.Tests.Files;

public sealed class PrivateDirectoryTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("qvmc-private-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Makes_one_and_takes_it_again()
    {
        var path = Path.Combine(_root, "a", "b");
        Assert.False(PrivateDirectory.Exists(path));
        Assert.True(PrivateDirectory.Ensure(path));
        Assert.True(PrivateDirectory.Ensure(path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(path));
    }

    [Fact]
    public void Refuses_one_that_others_may_write()
    {
        var path = Path.Combine(_root, "open");
        Directory.CreateDirectory(path);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherWrite);
        Assert.False(PrivateDirectory.Ensure(path));
    }

    [Fact]
    public void Refuses_a_link_to_one()
    {
        var target = Path.Combine(_root, "target");
        Assert.True(PrivateDirectory.Ensure(target));
        var link = Path.Combine(_root, "link");
        Directory.CreateSymbolicLink(link, target);
        Assert.False(PrivateDirectory.Ensure(link));
    }
}

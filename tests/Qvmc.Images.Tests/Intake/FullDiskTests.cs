using System.Security.Cryptography;

namespace Qvmc.Images.Tests.Intake;

/// <summary>On a file system of 3.4 MiB in a mount namespace of its own: gone with the process.</summary>
public sealed class FullDiskTests : IDisposable
{
    private readonly TestDirectory _directory = new();
    private readonly TestDirectory _sources = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Disk_that_fills_up_is_named_and_nothing_is_left(bool announced)
    {
        if (Run("fill", announced ? ["announced"] : []) is not { } lines)
        {
            return;
        }

        var images = lines.TakeWhile(l => l.StartsWith("sha256:", StringComparison.Ordinal)).ToList();
        Assert.Equal(3, images.Count);
        Assert.StartsWith($"ResourceExhausted the image needs {(announced ? "1 MiB" : "at least ")}", lines[3], StringComparison.Ordinal);
        Assert.Contains(" free; make room there and try again", lines[3], StringComparison.Ordinal);
        Assert.Equal(images.Select(i => i.Replace(':', '/')).Order(), lines[4..].Order());
    }

    [Fact]
    public void Decompression_that_fills_the_disk_leaves_nothing()
    {
        var source = Source("noise", 5 << 20);
        Shell.Run("gzip", source);
        if (Run("crowd", source + ".gz") is { } lines)
        {
            Assert.Equal("Receiving", lines[0]);
            Assert.Matches(@"^ResourceExhausted the image needs at least 3\.\d MiB, and the file system of .* has 3\.4 MiB free", Assert.Single(lines[1..]));
        }
    }

    [Fact]
    public void Conversion_that_can_not_fit_is_not_begun()
    {
        if (Run("crowd", Vmdk(2 << 20)) is { } lines)
        {
            Assert.Equal("Receiving", lines[0]);
            Assert.Matches(@"^ResourceExhausted the image needs 4\.\d MiB, and the file system of .* has 3\.4 MiB free", Assert.Single(lines[1..]));
        }
    }

    [Fact]
    public void Conversion_that_fills_the_disk_leaves_nothing()
    {
        if (Run("crowd", Vmdk(1 << 20)) is { } lines)
        {
            Assert.Equal(["Receiving", "Converting"], lines[..2]);
            Assert.Matches(@"^ResourceExhausted the image needs 2\.\d MiB, and the file system of", lines[2]);
            Assert.Equal("crowd", Assert.Single(lines[3..]));
        }
    }

    [Fact]
    public void Raw_disk_needs_room_once_and_leaves_nothing_when_there_is_less()
    {
        if (Run("add", Source("fits", 3 << 20)) is { } fits)
        {
            Assert.StartsWith("sha256:", fits[^1], StringComparison.Ordinal);
            var lines = Run("crowd", Source("fits-not", 5 << 20))!;
            Assert.Equal("Receiving", lines[0]);
            Assert.Matches(@"^ResourceExhausted the image needs at least 3\.\d MiB, and the file system of .* has 3\.4 MiB free", Assert.Single(lines[1..]));
        }
    }

    [Fact]
    public void Raw_disk_that_is_here_is_not_begun_with_when_it_can_not_fit_beside_itself()
    {
        if (Run("copy", Source("raw", 2 << 20)) is { } lines)
        {
            Assert.Matches(@"^ResourceExhausted the image needs 2\.3 MiB, and the file system of .* has 1\.4 MiB free", lines[0]);
            Assert.Equal(["partial/pull-x", "partial/pull-x.offset"], lines[1..].Order());
        }
    }

    // Null: the kernel forbids namespaces to this user, and there is no way to a full disk here.
    private string[]? Run(string mode, params string[] arguments)
    {
        string[] small = ["--user", "--map-root-user", "--mount", "sh", "-c", "mount -t tmpfs -o size=3500k tmpfs \"$0\" && exec \"$@\"", _directory.Path];
        return Shell.Try("unshare", [.. small, "true"]).ExitCode != 0
            ? null
            : Shell.Run("unshare", [.. small, Environment.ProcessPath!, "exec", typeof(FullDiskTests).Assembly.Location, mode, _directory.Path, .. arguments]).TrimEnd().Split('\n');
    }

    // Of noise: its file is as large as the disk, and so is what it is converted to.
    private string Vmdk(int length)
    {
        var path = _sources.File("disk.vmdk");
        Shell.Run("qemu-img", "convert", "-f", "raw", "-O", "vmdk", Source("raw", length), path);
        return path;
    }

    private string Source(string name, int length)
    {
        var path = _sources.File(name);
        File.WriteAllBytes(path, RandomNumberGenerator.GetBytes(length));
        return path;
    }

    public void Dispose()
    {
        _directory.Dispose();
        _sources.Dispose();
    }
}

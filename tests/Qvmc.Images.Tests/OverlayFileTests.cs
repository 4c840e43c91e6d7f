using System.Globalization;
using System.Text.Json.Nodes;
using Qvmc.Core.Faults;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Images.Tests;

/// <summary>The disks that we make, as QEMU's own tools see them.</summary>
public sealed class OverlayFileTests : IDisposable
{
    private readonly TestDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(ImageFormat.Qcow2)]
    [InlineData(ImageFormat.Raw)]
    public void Overlay_names_its_base_and_the_bases_format(ImageFormat format)
    {
        // Characters that mean something to QEMU's option parsers.
        var path = Base(format, "base,a=b:c 'd\".img");
        var overlay = _directory.File("over,lay:.qcow2");
        OverlayFile.Create(overlay, path, format, 20 << 20);
        Shell.Run("qemu-img", "create", "-q", "-f", "qcow2", "-b", path, "-F", ImageFormats.Name(format), _directory.File("theirs"), "20M");
        Assert.Equal(Told(_directory.File("theirs")).ToJsonString(), Told(overlay).ToJsonString());
        Assert.Equal(path, (string?)Told(overlay)["backing-filename"]);
        Assert.Equal(ImageFormats.Name(format), (string?)Told(overlay)["backing-filename-format"]);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(overlay));
        Assert.Equal(3, Directory.GetFiles(_directory.Path).Length);
    }

    [Fact]
    public void Overlay_shows_its_base_and_takes_what_is_written()
    {
        var path = Base(ImageFormat.Qcow2);
        Shell.Run("qemu-io", "-f", "qcow2", "-c", "write -P 7 1M 64k", path);
        var overlay = _directory.File("overlay");
        OverlayFile.Create(overlay, path, ImageFormat.Qcow2, 16 << 20);
        Shell.Run("qemu-io", "-f", "qcow2", "-c", "read -P 7 1M 64k", "-c", "write -P 8 1M 4k", "-c", "read -P 8 1M 4k", "-c", "read -P 7 1028k 60k", "-c", "read -P 0 9M 1M", overlay);
        Shell.Run("qemu-img", "check", "-q", "-f", "qcow2", overlay);
        Shell.Run("qemu-io", "-f", "qcow2", "-c", "read -P 7 1M 64k", path);
    }

    [Fact]
    public void Overlay_without_a_size_has_the_bases()
    {
        var overlay = _directory.File("overlay");
        OverlayFile.Create(overlay, Base(ImageFormat.Qcow2), ImageFormat.Qcow2, 0);
        Assert.Equal(8 << 20, OverlayFile.VirtualSize(overlay));
    }

    // One L1 cluster holds 4 TiB.
    [Theory]
    [InlineData(512)]
    [InlineData(512L << 20)]
    [InlineData((512L << 20) + 512)]
    [InlineData(4L << 40)]
    [InlineData((4L << 40) + 512)]
    [InlineData(64L << 40)]
    public void Disk_of_any_size_is_sound_and_can_be_written_to_its_end(long size)
    {
        var path = _directory.File("empty");
        OverlayFile.CreateEmpty(path, size);
        Shell.Run("qemu-img", "create", "-q", "-f", "qcow2", _directory.File("theirs"), size.ToString(CultureInfo.InvariantCulture));
        Assert.Equal(Told(_directory.File("theirs")).ToJsonString(), Told(path).ToJsonString());
        Shell.Run("qemu-img", "check", "-q", "-f", "qcow2", path);
        Shell.Run("qemu-io", "-f", "qcow2", "-c", $"write -P 5 {size - 512} 512", "-c", $"read -P 5 {size - 512} 512", path);
        Shell.Run("qemu-img", "check", "-q", "-f", "qcow2", path);
    }

    [Theory]
    [InlineData(4 << 20, FaultCode.InvalidArgument, "smaller than its image, which has 8 MiB; ask for at least 8 MiB")]
    [InlineData((8 << 20) + 1, FaultCode.InvalidArgument, "multiple of 512")]
    [InlineData(-512, FaultCode.InvalidArgument, "multiple of 512")]
    [InlineData((64L << 40) + 512, FaultCode.InvalidArgument, "at most 65536 GiB")]
    public void Size_that_can_not_be_is_refused(long size, FaultCode code, string why)
    {
        var path = Base(ImageFormat.Qcow2);
        Refused(() => OverlayFile.Create(_directory.File("overlay"), path, ImageFormat.Qcow2, size), code, why);
        Assert.Single(Directory.GetFiles(_directory.Path));
    }

    [Fact]
    public void Missing_mistaken_or_unspeakable_base_is_named()
    {
        var overlay = _directory.File("overlay");
        Refused(() => OverlayFile.Create(overlay, "/no/such/base", ImageFormat.Qcow2, 0), FaultCode.NotFound, "there is no file /no/such/base");
        Refused(() => OverlayFile.Create(overlay, Base(ImageFormat.Raw), ImageFormat.Qcow2, 0), FaultCode.FailedPrecondition, "is not a qcow2 file");
        Refused(() => OverlayFile.Create("/no/such/overlay", Base(ImageFormat.Qcow2), ImageFormat.Qcow2, 0), FaultCode.NotFound, "there is no directory /no/such");
        var deep = Enumerable.Range(0, 5).Aggregate(_directory.Path, (path, _) => Directory.CreateDirectory(Path.Combine(path, new string('d', 250))).FullName);
        File.Move(Base(ImageFormat.Qcow2), Path.Combine(deep, "base"));
        Refused(() => OverlayFile.Create(overlay, Path.Combine(deep, "base"), ImageFormat.Qcow2, 0), FaultCode.FailedPrecondition, "too long for an overlay to name it: 1023 bytes are allowed");
        Assert.Throws<ArgumentException>(() => OverlayFile.CreateEmpty("relative", 512));
    }

    private string Base(ImageFormat format, string name = "base")
    {
        var path = _directory.File(name);
        File.Delete(path);
        Shell.Run("qemu-img", "create", "-q", "-f", ImageFormats.Name(format), path, "8M");
        return path;
    }

    // What is the same of every disk made alike.
    private static JsonNode Told(string path)
    {
        var told = JsonNode.Parse(Shell.Run("qemu-img", "info", "--output=json", "-f", "qcow2", path))!.AsObject();
        told.Remove("filename");
        told.Remove("actual-size");
        return told;
    }

    private static void Refused(Action make, FaultCode code, string why)
    {
        var fault = Assert.Throws<FaultException>(make);
        Assert.Equal((code, true), (fault.Code, fault.Message.Contains(why, StringComparison.Ordinal)));
    }
}

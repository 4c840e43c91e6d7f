using Microsoft.Extensions.Logging.Abstractions;
using Qvmc.Controller.Images;
using Qvmc.Controller.Instances;
using Qvmc.Controller.Watch;
using Qvmc.Images;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Tests;

public sealed class ImageSweepTests : IDisposable
{
    private static readonly string Digest = "sha256:" + new string('a', 64);

    private readonly string _directory = Directory.CreateTempSubdirectory("qvmc-s-").FullName;
    private readonly ImageStore _bytes;
    private readonly ImageTable _images;
    private readonly ImageUse _use;
    private readonly ImageSweep _sweep;

    public ImageSweepTests()
    {
        var feed = new ImageFeed();
        var instances = new InstanceTable(new EventJournal(TimeProvider.System), TimeProvider.System);
        _bytes = new ImageStore(_directory, new QemuImg("", TimeProvider.System), NullLogger.Instance);
        _images = new ImageTable(instances, feed);
        _use = new ImageUse(instances, new PendingLaunches(), _images, feed);
        _sweep = new ImageSweep(_bytes, _images, _use, NullLogger<ImageSweep>.Instance);
        Directory.CreateDirectory(Path.Combine(_directory, "sha256"));
        File.WriteAllBytes(Path.Combine(_directory, "sha256", new string('a', 64)), [1]);
    }

    [Fact]
    public void Bytes_that_nobody_has_go_at_once()
    {
        _sweep.Offer([Digest]);
        Assert.Null(_bytes.Find(Digest));
    }

    [Fact]
    public void Nothing_goes_while_bytes_are_getting_their_name()
    {
        using (_sweep.Hold())
        {
            var other = _sweep.Hold();
            _sweep.Offer([Digest]);
            other.Dispose();
            other.Dispose();
            Assert.NotNull(_bytes.Find(Digest));
        }

        Assert.Null(_bytes.Find(Digest));
    }

    [Fact]
    public void What_got_a_name_meanwhile_stays_until_that_goes()
    {
        using (_sweep.Hold())
        {
            _sweep.Offer([Digest]);
            _images.Load(new ImageRecord { Name = "a", Digest = Digest }, 1);
        }

        Assert.NotNull(_bytes.Find(Digest));
        _images.Remove("a");
        _sweep.Offer([Digest]);
        Assert.Null(_bytes.Find(Digest));
    }

    [Fact]
    public void What_an_instance_is_about_to_take_stays()
    {
        using (_use.Claim(Digest, "web1"))
        {
            Assert.Equal(["web1"], _use.Users(Digest));
            _sweep.Offer([Digest]);
            Assert.NotNull(_bytes.Find(Digest));
        }

        _sweep.Offer([Digest]);
        Assert.Null(_bytes.Find(Digest));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}

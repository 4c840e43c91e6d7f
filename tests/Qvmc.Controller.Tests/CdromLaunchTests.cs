using Google.Protobuf;
using Qvmc.Core.Faults;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Instance.V1;
using static Qvmc.Controller.Tests.ControllerHarness;

namespace Qvmc.Controller.Tests;

public class CdromLaunchTests
{
    [Fact]
    public async Task A_CD_is_pinned_by_its_bytes_and_kept_while_somebody_has_it()
    {
        await using var world = await StartAsync();
        var disc = await UploadIsoAsync(world, "disc", 1);
        await world.LaunchAsync("web1");
        var attached = (await world.Client.AttachCdromAsync(new AttachCdromRequest { Name = "web1", Image = "disc" }, Within())).Instance;
        Assert.Equal("disc", Assert.Single(attached.Spec.Cdroms).Image);
        await world.Node.UntilAsync(n => n.Find("web1")!.Order is { Spec.Cdroms.Count: 1 } order && order.CdromDigests.Single() == disc.Digest);

        // The same again changes nothing.
        Assert.Equal(attached.Etag, (await world.Client.AttachCdromAsync(new AttachCdromRequest { Name = "web1", Image = "disc" }, Within())).Instance.Etag);
        var used = await FaultOf(async () => await world.Images.DeleteImageAsync(new DeleteImageRequest { Name = "disc" }, Within()));
        Assert.Contains("\"web1\"", used.Message, StringComparison.Ordinal);
        await world.Client.DetachCdromAsync(new DetachCdromRequest { Name = "web1", Image = "disc" }, Within());
        await world.Node.UntilAsync(n => n.Find("web1")!.Order.CdromDigests.Count == 0);
        await world.Images.DeleteImageAsync(new DeleteImageRequest { Name = "disc" }, Within());
    }

    [Fact]
    public async Task An_empty_disk_is_launched_with_a_CD_and_a_CD_is_no_disk()
    {
        await using var world = await StartAsync();
        var disc = await UploadIsoAsync(world, "disc", 2);
        var request = new LaunchRequest { Name = "new", Spec = new InstanceSpec { DiskMib = 100, Cdroms = { new Cdrom { Image = "disc" } } }, Wait = WaitCondition.Running };
        var launched = (await world.Client.LaunchAsync(request, Within())).Instance;
        Assert.Equal(("", 100u), (launched.Spec.Image, launched.Spec.DiskMib));
        var order = world.Node.Find("new")!.Order;
        Assert.Equal(("", "", disc.Digest), (order.ImageDigest, order.ImageFormat, order.CdromDigests.Single()));

        request = new LaunchRequest { Name = "bad", Spec = new InstanceSpec { Image = "disc", Cdroms = { new Cdrom { Image = "tiny" }, new Cdrom { Image = "nowhere" } } } };
        var fault = await FaultOf(async () => await world.Client.LaunchAsync(request, Within()));
        Assert.Equal(FaultCode.InvalidArgument, fault.Code);
        Assert.Equal(["spec.image", "spec.cdroms[0].image", "spec.cdroms[1].image"], fault.Fields.Select(f => f.Field));
    }

    // ISO 9660: the primary volume descriptor at byte 32768, and the end of the descriptors.
    private static async Task<Image> UploadIsoAsync(ControllerHarness world, string name, byte mark)
    {
        var bytes = new byte[64 << 10];
        bytes[0] = mark;
        bytes[0x8000] = 1;
        "CD001"u8.CopyTo(bytes.AsSpan(0x8001));
        bytes[0x8006] = 1;
        (bytes[0x8000 + 80], bytes[0x8000 + 87]) = (32, 32);
        (bytes[0x8000 + 129], bytes[0x8000 + 130]) = (8, 8);
        bytes[0x8800] = 255;
        "CD001"u8.CopyTo(bytes.AsSpan(0x8801));
        bytes[0x8806] = 1;
        using var call = world.Images.UploadImage(Within());
        await call.RequestStream.WriteAsync(new UploadImageRequest { Header = new UploadHeader { Name = name, Format = ImageFormat.Iso, SizeBytes = (ulong)bytes.Length } });
        await call.RequestStream.WriteAsync(new UploadImageRequest { Chunk = ByteString.CopyFrom(bytes) });
        await call.RequestStream.CompleteAsync();
        return (await call).Image;
    }
}

using Qvmc.Core.Faults;
using Qvmc.Images;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Instance.V1;
using static Qvmc.Controller.Tests.ControllerHarness;

namespace Qvmc.Controller.Tests;

public class CdromTests
{
    [Fact]
    public async Task A_CD_is_named_by_a_reference_and_kept_for_those_who_have_it()
    {
        await using var world = await StartAsync();
        var cd = await ImportCdAsync(world);
        var request = Request("web1", WaitCondition.Running);
        request.Spec.Cdroms.Add(new Cdrom { Image = "install" });
        var launched = (await world.Client.LaunchAsync(request, Within())).Instance;
        Assert.Equal("install:1", Assert.Single(launched.Spec.Cdroms).Image);
        Assert.Equal([cd.Digest], world.Node.Find("web1")!.Order.CdromDigests);
        Assert.Equal(["web1"], (await PullTests.GetAsync(world, "install:1")).UsedBy);
        Assert.Equal(FaultCode.FailedPrecondition, (await FaultOf(() => PullTests.DeleteAsync(world, "install:1"))).Code);
        Assert.Empty((await world.Images.PruneImagesAsync(new PruneImagesRequest { All = true }, Within())).Items);

        await world.LaunchAsync("web2");
        var attached = (await world.Client.AttachCdromAsync(new AttachCdromRequest { Name = "web2", Image = cd.Digest[..20] }, Within())).Instance;
        Assert.Equal("install:1", Assert.Single(attached.Spec.Cdroms).Image);
        await world.Client.DeleteAsync(new DeleteRequest { Name = "web1", Force = true }, Within());
        Assert.Equal(["web2"], (await PullTests.GetAsync(world, "install:1")).UsedBy);
        await world.Client.DetachCdromAsync(new DetachCdromRequest { Name = "web2", Image = "install:1" }, Within());
        await PullTests.DeleteAsync(world, "install:1");
        Assert.Single(PullTests.Bytes(world));
    }

    [Fact]
    public async Task One_CD_by_two_references_is_there_twice_and_no_disk_to_start_from()
    {
        await using var world = await StartAsync();
        await ImportCdAsync(world);
        var request = Request("web1");
        request.Spec.Cdroms.Add(new Cdrom { Image = "install" });
        request.Spec.Cdroms.Add(new Cdrom { Image = "install:1" });
        var twice = await FaultOf(async () => await world.Client.LaunchAsync(request, Within()));
        Assert.Equal("spec.cdroms[1].image", Assert.Single(twice.Fields).Field);
        request = Request("web1");
        request.Spec.Image = "install";
        var disk = await FaultOf(async () => await world.Client.LaunchAsync(request, Within()));
        Assert.Equal("spec.image", Assert.Single(disk.Fields).Field);
        Assert.Contains("is a CD", disk.Message, StringComparison.Ordinal);
    }

    private static async Task<Image> ImportCdAsync(ControllerHarness world)
    {
        var path = Path.Combine(world.Settings.ImportDirectories[0], "install.iso");
        await SeedVolume.WriteAsync(path, new SeedContent("abcdefghijkl", "cd", new CloudInit(), []), CancellationToken.None);
        var image = (await world.Images.ImportImageAsync(new ImportImageRequest { Name = "install:1", Path = path }, Within())).Image;
        Assert.Equal(ImageFormat.Iso, image.Format);
        return image;
    }
}

using Google.Protobuf;
using Qvmc.Core.Faults;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Image.V1;
using static Qvmc.Controller.Tests.ControllerHarness;

namespace Qvmc.Controller.Tests;

public class ImageTests
{
    [Fact]
    public async Task An_upload_is_listed_and_kept_over_a_restart()
    {
        await using var world = await StartAsync();
        await world.UploadAsync("debian:12", Disk(2));
        await world.RestartControllerAsync();
        var images = (await world.Images.ListImagesAsync(new ListImagesRequest(), Within())).Images;
        Assert.Equal(["debian:12", "tiny"], images.Select(i => i.Name));
        Assert.Equal((ImageFormat.Qcow2, 2ul << 20), (images[0].Format, images[0].VirtualSizeBytes));
        Assert.Equal(images[0], (await world.Images.GetImageAsync(new GetImageRequest { Name = "debian:12" }, Within())).Image);
        var page = await world.Images.ListImagesAsync(new ListImagesRequest { PageSize = 1, PageToken = "debian:12" }, Within());
        Assert.Equal(("tiny", ""), (Assert.Single(page.Images).Name, page.NextPageToken));
    }

    [Fact]
    public async Task The_same_name_takes_the_same_bytes_only()
    {
        await using var world = await StartAsync();
        await world.UploadAsync("tiny", Disk(1));
        var fault = await FaultOf(() => world.UploadAsync("tiny", Disk(9)));
        Assert.Equal(FaultCode.AlreadyExists, fault.Code);
        Assert.Single(Bytes(world));
    }

    [Fact]
    public async Task An_image_in_use_stays_and_one_that_is_not_goes_with_its_bytes()
    {
        await using var world = await StartAsync();
        await world.UploadAsync("same", Disk(1));
        await world.LaunchAsync("web1");
        foreach (var name in new[] { "tiny", "same" })
        {
            Assert.Equal(["web1"], (await world.Images.GetImageAsync(new GetImageRequest { Name = name }, Within())).Image.UsedBy);
        }

        await DeleteAsync(world, "tiny");
        var fault = await FaultOf(() => DeleteAsync(world, "same"));
        Assert.Equal(FaultCode.FailedPrecondition, fault.Code);
        Assert.Contains("\"web1\"", fault.Message, StringComparison.Ordinal);
        Assert.Single(Bytes(world));
        await world.Client.DeleteAsync(new DeleteRequest { Name = "web1", Force = true }, Within());
        await DeleteAsync(world, "same");
        Assert.Empty(Bytes(world));
        Assert.Equal(FaultCode.NotFound, (await FaultOf(() => DeleteAsync(world, "same"))).Code);
    }

    [Fact]
    public async Task Bytes_that_are_replaced_stay_for_those_who_use_them_and_go_with_the_last()
    {
        await using var world = await StartAsync();
        var before = (await world.Images.GetImageAsync(new GetImageRequest { Name = "tiny" }, Within())).Image;
        await world.LaunchAsync("web1");
        await world.LaunchAsync("web2");
        var after = await world.UploadAsync("tiny", Disk(9), replace: true);
        Assert.NotEqual(before.Digest, after.Digest);
        Assert.Empty(after.UsedBy);
        Assert.Equal(2, Bytes(world).Length);
        Assert.Equal(before.Digest, world.Node.Find("web1")!.Order.ImageDigest);
        await world.RestartControllerAsync();
        await world.LaunchAsync("web3");
        Assert.Equal(after.Digest, world.Node.Find("web3")!.Order.ImageDigest);
        await world.Client.DeleteAsync(new DeleteRequest { Name = "web1", Force = true }, Within());
        Assert.Equal(2, Bytes(world).Length);
        await world.Client.DeleteAsync(new DeleteRequest { Name = "web2", Force = true }, Within());
        await GoneAsync(world, before.Digest);
        Assert.Equal(after.Digest["sha256:".Length..], Path.GetFileName(Assert.Single(Bytes(world))));
    }

    [Fact]
    public async Task Launches_and_a_deletion_at_once_leave_no_instance_without_its_image()
    {
        await using var world = await StartAsync();
        var launches = Enumerable.Range(0, 8).Select(i => Record.ExceptionAsync(() => world.LaunchAsync($"web{i}", WaitCondition.Unspecified))).ToList();
        var deletion = await Record.ExceptionAsync(() => DeleteAsync(world, "tiny"));
        var launched = (await Task.WhenAll(launches)).Count(e => e is null);
        Assert.Equal(launched > 0, deletion is not null);
        Assert.Equal(launched > 0 ? 1 : 0, Bytes(world).Length);
    }

    [Fact]
    public async Task An_import_takes_files_of_the_directories_alone()
    {
        await using var world = await StartAsync();
        var import = world.Settings.ImportDirectories[0];
        await File.WriteAllBytesAsync(Path.Combine(import, "disk.raw"), Disk(3));
        await File.WriteAllBytesAsync(Path.Combine(world.Directory, "secret.raw"), Disk(4));
        File.CreateSymbolicLink(Path.Combine(import, "out.raw"), Path.Combine(world.Directory, "secret.raw"));
        File.CreateSymbolicLink(Path.Combine(import, "up"), "..");
        File.CreateSymbolicLink(Path.Combine(import, "loop"), "loop");
        File.CreateSymbolicLink(Path.Combine(import, "in.raw"), "disk.raw");

        Assert.Equal(ImageFormat.Qcow2, (await ImportAsync(world, "a", Path.Combine(import, "disk.raw"))).Format);
        Assert.Equal("b", (await ImportAsync(world, "b", Path.Combine(import, "in.raw"))).Name);
        foreach (var path in new[] { "out.raw", "up/secret.raw", "../secret.raw", "loop", "nope.raw", ".", "" })
        {
            var fault = await FaultOf(() => ImportAsync(world, "c", path.Length == 0 ? "disk.raw" : Path.Combine(import, path)));
            Assert.True(fault.Code == FaultCode.InvalidArgument && fault.Fields.Single().Field == "path", $"{path}: {fault.Message}");
        }

        Assert.Equal(FaultCode.InvalidArgument, (await FaultOf(() => ImportAsync(world, "c", "/etc/passwd"))).Code);
    }

    [Fact]
    public async Task Without_import_directories_nothing_is_imported()
    {
        await using var world = await StartAsync();
        world.Settings.ImportDirectories.Clear();
        await world.RestartControllerAsync();
        Assert.Equal(FaultCode.PermissionDenied, (await FaultOf(() => ImportAsync(world, "a", "/etc/passwd"))).Code);
    }

    [Fact]
    public async Task Bad_uploads_leave_nothing()
    {
        await using var world = await StartAsync();
        var chunk = new UploadImageRequest { Chunk = ByteString.CopyFrom(new byte[512]) };
        UploadImageRequest Header(Action<UploadHeader> change)
        {
            var header = new UploadHeader { Name = "new", Format = ImageFormat.Raw };
            change(header);
            return new UploadImageRequest { Header = header };
        }

        UploadImageRequest[][] uploads =
        [
            [],
            [chunk],
            [Header(h => h.Name = "A"), chunk],
            [Header(h => h.Format = (ImageFormat)9), chunk],
            [Header(h => h.Digest = "sha256:1"), chunk],
            [Header(h => h.Digest = "sha256:" + new string('0', 64)), chunk],
            [Header(h => h.SizeBytes = 1024), chunk],
            [Header(h => h.SizeBytes = 256), chunk],
            [Header(_ => { }), chunk, Header(_ => { })],
            [Header(_ => { }), new UploadImageRequest()],
            [Header(_ => { }), new UploadImageRequest { Chunk = ByteString.CopyFrom(new byte[(1 << 20) + 1]) }],
        ];
        foreach (var (index, upload) in uploads.Index())
        {
            var fault = await FaultOf(() => SendAsync(world, upload));
            Assert.True(fault.Code == FaultCode.InvalidArgument, $"{index}: {fault.Code} {fault.Message}");
        }

        Assert.Single(Bytes(world));
        Assert.Single((await world.Images.ListImagesAsync(new ListImagesRequest(), Within())).Images);
    }

    private static async Task SendAsync(ControllerHarness world, UploadImageRequest[] parts)
    {
        using var call = world.Images.UploadImage(Within());
        try
        {
            foreach (var part in parts)
            {
                await call.RequestStream.WriteAsync(part);
            }

            await call.RequestStream.CompleteAsync();
        }
        catch (Exception e) when (e is Grpc.Core.RpcException or InvalidOperationException)
        {
            // Refused before it was all sent; the answer says why.
        }

        await call;
    }

    // The sweep comes after the answer to the deletion, and nobody is told of it.
    private static async Task GoneAsync(ControllerHarness world, string digest)
    {
        using var limit = new CancellationTokenSource(Limits.Test);
        while (Bytes(world).Any(b => digest.EndsWith(Path.GetFileName(b), StringComparison.Ordinal)))
        {
            await Task.Delay(20, limit.Token);
        }
    }

    private static string[] Bytes(ControllerHarness world) => Directory.GetFiles(Path.Combine(world.Settings.StateDirectory, "images", "sha256"));

    private static async Task DeleteAsync(ControllerHarness world, string name) => await world.Images.DeleteImageAsync(new DeleteImageRequest { Name = name }, Within());

    private static async Task<Image> ImportAsync(ControllerHarness world, string name, string path) =>
        (await world.Images.ImportImageAsync(new ImportImageRequest { Name = name, Path = path, Format = ImageFormat.Raw }, Within())).Image;
}

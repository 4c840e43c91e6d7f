using Google.Protobuf;
using Grpc.Core;
using Qvmc.Core.Faults;
using Qvmc.Hosting.Daemons;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Image.V1;
using Qvmc.Testing;
using static Qvmc.Controller.Tests.ControllerHarness;

namespace Qvmc.Controller.Tests;

public class ImageByteTests
{
    [Fact]
    public async Task An_export_sends_the_image_and_its_bytes_or_some_of_them()
    {
        await using var world = await StartAsync();
        var image = (await world.Images.GetImageAsync(new GetImageRequest { Name = "tiny" }, Within())).Image;
        var file = await File.ReadAllBytesAsync(Path.Combine(world.Settings.StateDirectory, "images", "sha256", image.Digest["sha256:".Length..]));
        var (sent, whole) = await ExportAsync(world, new ExportImageRequest { Name = "tiny" });
        Assert.Equal(image, sent);
        Assert.Equal(file, whole);
        var (_, some) = await ExportAsync(world, new ExportImageRequest { Name = image.Digest[..20], Offset = 100, Length = 50 });
        Assert.Equal(file[100..150], some);
        var (_, end) = await ExportAsync(world, new ExportImageRequest { Name = "tiny", Offset = (ulong)file.Length - 5, Length = 500 });
        Assert.Equal(file[^5..], end);
        Assert.Equal(FaultCode.InvalidArgument, (await FaultOf(() => ExportAsync(world, new ExportImageRequest { Name = "tiny", Offset = (ulong)file.Length + 1 }))).Code);
        Assert.Equal(FaultCode.NotFound, (await FaultOf(() => ExportAsync(world, new ExportImageRequest { Name = "nosuch" }))).Code);
    }

    [Fact]
    public async Task An_export_that_nobody_takes_is_given_up_and_holds_nothing()
    {
        var clock = new HandClock(TakenStreams.Limit);
        await using var world = await StartAsync(clock);
        var cd = new byte[64 << 20];
        "CD001"u8.CopyTo(cd.AsSpan((32 << 10) + 1));
        var image = await world.UploadAsync("cd", cd, format: ImageFormat.Iso);
        using var silent = world.Images.ExportImage(new ExportImageRequest { Name = "cd" }, Within());
        await OpenAsync(image.Digest, isOpen: true);
        await clock.RingAsync();
        await OpenAsync(image.Digest, isOpen: false);
        await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await silent.ResponseStream.MoveNext(CancellationToken.None))
            {
            }
        });
    }

    [Fact]
    public async Task A_prune_takes_what_was_pulled_and_nobody_uses()
    {
        await using var source = await ImageServer.StartAsync();
        await using var world = await StartAsync();
        await PullTests.PullAsync(world, source, "free");
        source.Body = ImageServer.Bytes(2);
        await PullTests.PullAsync(world, source, "used");
        var launch = Request("web1", WaitCondition.Running);
        launch.Spec.Image = "used";
        await world.Client.LaunchAsync(launch, Within());
        var free = (await world.Images.GetImageAsync(new GetImageRequest { Name = "free" }, Within())).Image;

        var asked = await world.Images.PruneImagesAsync(new PruneImagesRequest { DryRun = true }, Within());
        Assert.Equal([(PrunedKind.Image, "free", free.SizeBytes)], asked.Items.Select(i => (i.Kind, i.Name, i.FreedBytes)));
        Assert.Equal(3, PullTests.Bytes(world).Length);
        Assert.Equal(asked, await world.Images.PruneImagesAsync(new PruneImagesRequest(), Within()));
        Assert.Equal(["tiny", "used"], (await world.Images.ListImagesAsync(new ListImagesRequest(), Within())).Images.Select(i => i.Name));
        Assert.Equal(2, PullTests.Bytes(world).Length);
        Assert.Equal(["tiny"], (await world.Images.PruneImagesAsync(new PruneImagesRequest { All = true }, Within())).Items.Select(i => i.Name));
        Assert.Single(PullTests.Bytes(world));
    }

    [Fact]
    public async Task A_prune_takes_bytes_and_rests_that_belong_to_nothing_and_no_others()
    {
        await using var source = await ImageServer.StartAsync();
        await using var world = await StartAsync();
        var upload = (await world.Images.CreateUploadAsync(new CreateUploadRequest { Header = new UploadHeader { Name = "up", SizeBytes = 100 } }, Within())).Upload;
        await UploadTests.AppendAsync(world, upload.Id, 0, new byte[10]);
        source.HoldAfter = 1 << 20;
        var pulling = PullTests.PullAsync(world, source);
        await source.AskedAsync();
        var digest = "sha256:" + new string('a', 64);
        await File.WriteAllBytesAsync(Path.Combine(world.Settings.StateDirectory, "images", "sha256", new string('a', 64)), new byte[33]);
        var partial = Path.Combine(world.Settings.StateDirectory, "images", "partial");
        await File.WriteAllBytesAsync(Path.Combine(partial, "pull-gone"), new byte[44]);
        await File.WriteAllBytesAsync(Path.Combine(partial, "upload-gone"), new byte[55]);

        var pruned = await world.Images.PruneImagesAsync(new PruneImagesRequest(), Within());
        Assert.Equal(
            [(PrunedKind.Bytes, digest, ""), (PrunedKind.Partial, "pull-gone", ""), (PrunedKind.Partial, "upload-gone", "")],
            pruned.Items.Select(i => (i.Kind, i.Name, i.Error)));
        Assert.All(pruned.Items, i => Assert.True(i.FreedBytes >= 33));
        Assert.Equal((ulong)pruned.Items.Sum(i => (long)i.FreedBytes), pruned.FreedBytes);
        Assert.Empty(Directory.GetFiles(partial, "*gone*"));
        source.Release();
        await pulling;
        Assert.Equal(10ul, (await world.Images.GetUploadAsync(new GetUploadRequest { Id = upload.Id }, Within())).Upload.Offset);
        Assert.Equal([PrunedKind.Image], (await world.Images.PruneImagesAsync(new PruneImagesRequest { DryRun = true }, Within())).Items.Select(i => i.Kind));
    }

    [Fact]
    public async Task Prunes_and_launches_at_once_leave_no_instance_without_its_image()
    {
        await using var world = await StartAsync();
        for (var i = 0; i < 5; i++)
        {
            var prune = world.Images.PruneImagesAsync(new PruneImagesRequest { All = true }, Within()).ResponseAsync;
            var launch = await Record.ExceptionAsync(() => world.LaunchAsync($"web{i}", WaitCondition.Unspecified));
            await prune;
            Assert.Equal(launch is null, PullTests.Bytes(world).Length == 1);
            if (launch is null)
            {
                await world.Client.DeleteAsync(new DeleteRequest { Name = $"web{i}", Force = true }, Within());
            }
            else
            {
                await world.UploadAsync("tiny", Disk(1));
            }
        }
    }

    // Whether this process, of which the controller is a part, has an image's file open.
    private static async Task OpenAsync(string digest, bool isOpen)
    {
        using var limit = new CancellationTokenSource(Limits.Test);
        while (Directory.GetFiles("/proc/self/fd").Any(f => new FileInfo(f).LinkTarget?.EndsWith(digest["sha256:".Length..], StringComparison.Ordinal) == true) != isOpen)
        {
            await Task.Delay(20, limit.Token);
        }
    }

    internal static async Task<VerifyImageResponse> VerifyAsync(ControllerHarness world, string name)
    {
        using var call = world.Images.VerifyImage(new VerifyImageRequest { Name = name }, Within());
        VerifyImageResponse? last = null;
        await foreach (var response in call.ResponseStream.ReadAllAsync())
        {
            Assert.True(last is null || last.Verdict == ImageVerdict.Unspecified);
            last = response;
        }

        return last!;
    }

    private static async Task<(Image? Image, byte[] Bytes)> ExportAsync(ControllerHarness world, ExportImageRequest request)
    {
        using var call = world.Images.ExportImage(request, Within());
        Image? image = null;
        using var bytes = new MemoryStream();
        await foreach (var response in call.ResponseStream.ReadAllAsync())
        {
            image ??= response.Image;
            bytes.Write((response.Chunk ?? ByteString.Empty).Span);
        }

        return (image, bytes.ToArray());
    }
}

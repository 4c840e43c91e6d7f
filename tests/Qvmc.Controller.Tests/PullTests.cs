using Grpc.Core;
using Qvmc.Core.Faults;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Settings.V1;
using static Qvmc.Controller.Tests.ControllerHarness;

namespace Qvmc.Controller.Tests;

public class PullTests
{
    [Fact]
    public async Task A_pull_is_listed_and_followed_until_it_is_an_image()
    {
        await using var source = await ImageServer.StartAsync();
        await using var world = await StartAsync();
        (source.HoldAfter, source.Pace) = (1 << 20, TimeSpan.FromMilliseconds(100));
        using var watch = world.Images.WatchImages(new WatchImagesRequest { Name = "new" }, Within());
        Assert.Equal(ImageEventType.Synced, (await ImageWatchTests.NextAsync(watch.ResponseStream)).Type);
        var begun = await PullAsync(world, source, wait: false);
        Assert.Equal((ImageState.Pulling, "new", source.Url), (begun.State, begun.Name, begun.Source.Url));
        await source.AskedAsync();
        Assert.Equal(["new", "tiny"], (await world.Images.ListImagesAsync(new ListImagesRequest(), Within())).Images.Select(i => i.Name));
        await UntilAsync(watch, i => i is { State: ImageState.Pulling, Progress: { DoneBytes: > 0, TotalBytes: 4 << 20 } });
        source.Release();
        var ready = await UntilAsync(watch, i => i.State == ImageState.Ready && i.Progress is null);
        Assert.Equal((source.Sum, source.Url, "", 4ul << 20), (ready.Source.Checksum, ready.Source.Url, ready.Error, ready.VirtualSizeBytes));
        Assert.Equal(ready, await GetAsync(world, "new"));
        Assert.Empty(Partials(world));
    }

    [Fact]
    public async Task Two_pulls_of_one_name_are_one_and_both_waits_end()
    {
        await using var source = await ImageServer.StartAsync();
        await using var world = await StartAsync();
        source.HoldAfter = 1 << 20;
        var first = PullAsync(world, source);
        await source.AskedAsync();
        var second = PullAsync(world, source);
        var elsewhere = await FaultOf(async () => await world.Images.PullImageAsync(new PullImageRequest { Name = "new", Url = source.Url + "?other" }, Within()));
        Assert.Equal(FaultCode.FailedPrecondition, elsewhere.Code);
        source.Release();
        Assert.Equal((await first).Digest, (await second).Digest);
        Assert.Single(source.Ranges);
    }

    [Fact]
    public async Task A_pull_goes_on_after_a_restart_where_it_was()
    {
        await using var source = await ImageServer.StartAsync();
        await using var world = await StartAsync();
        source.HoldAfter = 3 << 20;
        await PullAsync(world, source, wait: false);
        await source.AskedAsync();
        await ProgressAsync(world, 3 << 20);
        await world.StopControllerAsync();
        source.Release();
        await world.StartControllerAsync();
        await ReadyAsync(world, "new");
        Assert.Equal(["", $"bytes={3 << 20}-"], source.Ranges);
        Assert.Equal(source.Sum, (await GetAsync(world, "new")).Source.Checksum);
        Assert.Empty(Partials(world));
    }

    [Fact]
    public async Task A_failed_pull_stays_with_its_error_until_it_is_pulled_again_or_deleted()
    {
        await using var source = await ImageServer.StartAsync();
        await using var world = await StartAsync();
        source.Status = 404;
        var fault = await FaultOf(() => PullAsync(world, source));
        Assert.Contains("404", fault.Message, StringComparison.Ordinal);
        await world.RestartControllerAsync();
        var failed = await GetAsync(world, "new");
        Assert.Equal(ImageState.Failed, failed.State);
        Assert.Contains("404", failed.Error, StringComparison.Ordinal);

        source.Status = 200;
        var again = (await world.Images.PullImageAsync(new PullImageRequest { Name = "new", Wait = true }, Within())).Image;
        Assert.Equal((ImageState.Ready, ""), (again.State, again.Error));

        source.Status = 404;
        await FaultOf(() => PullAsync(world, source, "other"));
        await DeleteAsync(world, "other");
        Assert.Equal(FaultCode.NotFound, (await FaultOf(() => GetAsync(world, "other"))).Code);
    }

    [Fact]
    public async Task An_image_whose_new_pull_fails_stays_as_it_is()
    {
        await using var source = await ImageServer.StartAsync();
        await using var world = await StartAsync();
        var before = await PullAsync(world, source);
        source.Status = 404;
        await FaultOf(() => PullAsync(world, source));
        var after = await GetAsync(world, "new");
        Assert.Equal((ImageState.Ready, before.Digest), (after.State, after.Digest));
        Assert.Contains("404", after.Error, StringComparison.Ordinal);
        await world.UploadAsync("new", ImageServer.Bytes(1), replace: true);
        Assert.Empty((await GetAsync(world, "new")).Error);
    }

    [Fact]
    public async Task Deleting_an_image_that_is_being_pulled_cancels_that()
    {
        await using var source = await ImageServer.StartAsync();
        await using var world = await StartAsync();
        source.HoldAfter = 1 << 20;
        var waiting = PullAsync(world, source);
        await source.AskedAsync();
        await ProgressAsync(world, 1 << 20);
        await DeleteAsync(world, "new");
        Assert.Equal(FaultCode.FailedPrecondition, (await FaultOf(() => waiting)).Code);
        Assert.Equal(FaultCode.NotFound, (await FaultOf(() => GetAsync(world, "new"))).Code);
        Assert.Empty(Partials(world));
        await world.RestartControllerAsync();
        Assert.Equal(FaultCode.NotFound, (await FaultOf(() => GetAsync(world, "new"))).Code);
    }

    [Fact]
    public async Task Newer_bytes_take_the_name_and_instances_keep_theirs()
    {
        await using var source = await ImageServer.StartAsync();
        await using var world = await StartAsync();
        var request = new PullImageRequest { Name = "new", Url = source.Url, ChecksumUrl = source.SumsUrl, Wait = true };
        var old = (await world.Images.PullImageAsync(request, Within())).Image;
        var launch = Request("web1", WaitCondition.Running);
        launch.Spec.Image = "new";
        await world.Client.LaunchAsync(launch, Within());

        Assert.Equal(old.Digest, (await world.Images.PullImageAsync(request, Within())).Image.Digest);
        Assert.Single(source.Ranges);

        source.Body = ImageServer.Bytes(2);
        var young = (await world.Images.PullImageAsync(request, Within())).Image;
        Assert.NotEqual(old.Digest, young.Digest);
        Assert.Equal(source.Sum, young.Source.Checksum);
        Assert.Equal(old.Digest, world.Node.Find("web1")!.Order.ImageDigest);
        Assert.Equal(3, Bytes(world).Length);
    }

    [Fact]
    public async Task Without_a_checksum_the_source_is_asked_whether_it_still_has_what_is_here()
    {
        await using var source = await ImageServer.StartAsync();
        await using var world = await StartAsync();
        var old = await PullAsync(world, source);
        await world.RestartControllerAsync();
        Assert.Equal(old, await PullAsync(world, source));
        Assert.Equal(1, source.NotNewer);

        source.Body = ImageServer.Bytes(2);
        var young = await PullAsync(world, source);
        Assert.Equal(source.Sum, young.Source.Checksum);
        Assert.Equal((1, 3), (source.NotNewer, source.Ranges.Count));
    }

    [Fact]
    public async Task No_more_than_the_configured_pulls_go_on_at_once()
    {
        await using var source = await ImageServer.StartAsync();
        await using var world = await StartAsync();
        world.Settings.ImageLimits = new ImageLimits { ParallelPulls = 1 };
        await world.RestartControllerAsync();
        source.HoldAfter = 1 << 20;
        var first = PullAsync(world, source, "a");
        await source.AskedAsync();
        var second = PullAsync(world, source, "b");
        using var watch = world.Images.WatchImages(new WatchImagesRequest { Name = "b" }, Within());
        await UntilAsync(watch, i => i.State == ImageState.Pulling);
        Assert.Single(source.Ranges);
        source.Release();
        await first;
        await second;
        Assert.Equal(2, source.Ranges.Count);
    }

    [Fact]
    public async Task Damaged_bytes_are_replaced_by_a_pull()
    {
        await using var source = await ImageServer.StartAsync();
        await using var world = await StartAsync();
        await PullAsync(world, source);
        var digest = (await GetAsync(world, "new")).Digest;
        var path = Bytes(world).Single(b => digest.EndsWith(Path.GetFileName(b), StringComparison.Ordinal));
        Assert.Equal(ImageVerdict.Sound, (await ImageByteTests.VerifyAsync(world, "new")).Verdict);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await using (var file = File.OpenWrite(path))
        {
            file.Position = 70_000;
            file.Write([1, 2, 3, 4, 5]);
        }

        var verdict = await ImageByteTests.VerifyAsync(world, "new");
        Assert.Equal(ImageVerdict.Damaged, verdict.Verdict);
        Assert.Contains("pull it again", verdict.Message, StringComparison.Ordinal);
        Assert.Equal(digest, (await PullAsync(world, source)).Digest);
        Assert.Equal(ImageVerdict.Sound, (await ImageByteTests.VerifyAsync(world, "new")).Verdict);
        File.Delete(path);
        Assert.Equal(ImageVerdict.Missing, (await ImageByteTests.VerifyAsync(world, "new")).Verdict);
        await PullAsync(world, source);
        Assert.Equal(ImageVerdict.Sound, (await ImageByteTests.VerifyAsync(world, "new")).Verdict);
    }

    [Fact]
    public async Task Files_are_pulled_from_the_import_directories_alone()
    {
        await using var world = await StartAsync();
        var file = Path.Combine(world.Settings.ImportDirectories[0], "disk.raw");
        await File.WriteAllBytesAsync(file, Disk(5));
        var image = (await world.Images.PullImageAsync(new PullImageRequest { Name = "a", Url = $"file://{file}", Wait = true }, Within())).Image;
        Assert.Equal($"file://{file}", image.Source.Url);
        var fault = await FaultOf(async () => await world.Images.PullImageAsync(new PullImageRequest { Name = "b", Url = "file:///etc/passwd" }, Within()));
        Assert.Equal(FaultCode.InvalidArgument, fault.Code);
        Assert.Equal(["a", "tiny"], (await world.Images.ListImagesAsync(new ListImagesRequest(), Within())).Images.Select(i => i.Name));
    }

    [Fact]
    public async Task Every_fault_of_a_request_comes_at_once()
    {
        await using var world = await StartAsync();
        (PullImageRequest Request, string[] Fields)[] bad =
        [
            (new PullImageRequest { Name = "A", Url = "ftp://a/b", Mirrors = { "http://u:p@a/b", "x" }, Digest = "md5:1", ChecksumUrl = "http://a/b" }, ["checksum_url", "digest", "mirrors[0]", "mirrors[1]", "name", "url"]),
            (new PullImageRequest { Name = "a", Digest = "sha256:1", ChecksumUrl = "http://a/b", Mirrors = { "http://a/b" }, Format = ImageFormat.Raw }, ["checksum_url", "digest", "format", "mirrors"]),
            (new PullImageRequest { Name = "a", Url = "file://host/a", Format = (ImageFormat)77 }, ["format", "url"]),
            (new PullImageRequest(), ["name"]),
        ];
        foreach (var (request, fields) in bad)
        {
            var fault = await FaultOf(async () => await world.Images.PullImageAsync(request, Within()));
            Assert.Equal(fields, fault.Fields.Select(f => f.Field).Order(StringComparer.Ordinal));
        }

        Assert.Equal(FaultCode.NotFound, (await FaultOf(async () => await world.Images.PullImageAsync(new PullImageRequest { Name = "nosuch" }, Within()))).Code);
        Assert.Equal(FaultCode.FailedPrecondition, (await FaultOf(async () => await world.Images.PullImageAsync(new PullImageRequest { Name = "tiny" }, Within()))).Code);
    }

    internal static async Task<Image> PullAsync(ControllerHarness world, ImageServer source, string name = "new", bool wait = true) =>
        (await world.Images.PullImageAsync(new PullImageRequest { Name = name, Url = source.Url, Wait = wait }, Within())).Image;

    internal static async Task<Image> UntilAsync(AsyncServerStreamingCall<WatchImagesResponse> watch, Func<Image, bool> wanted)
    {
        while (true)
        {
            if ((await ImageWatchTests.NextAsync(watch.ResponseStream)).Image is { } image && wanted(image))
            {
                return image;
            }
        }
    }

    internal static async Task<Image> ReadyAsync(ControllerHarness world, string name)
    {
        using var watch = world.Images.WatchImages(new WatchImagesRequest { Name = name }, Within());
        return await UntilAsync(watch, i => i.State == ImageState.Ready);
    }

    /// <summary>Ends when so many bytes have come: what is told of that is a little behind.</summary>
    internal static async Task ProgressAsync(ControllerHarness world, long bytes)
    {
        using var limit = new CancellationTokenSource(Limits.Test);
        while (!Partials(world).Any(p => !p.EndsWith(".offset", StringComparison.Ordinal) && new FileInfo(p).Length >= bytes))
        {
            await Task.Delay(20, limit.Token);
        }
    }

    internal static async Task<Image> GetAsync(ControllerHarness world, string name) =>
        (await world.Images.GetImageAsync(new GetImageRequest { Name = name }, Within())).Image;

    internal static async Task DeleteAsync(ControllerHarness world, string name) => await world.Images.DeleteImageAsync(new DeleteImageRequest { Name = name }, Within());

    internal static string[] Bytes(ControllerHarness world) => Directory.GetFiles(Path.Combine(world.Settings.StateDirectory, "images", "sha256"));

    internal static string[] Partials(ControllerHarness world) => Directory.GetFiles(Path.Combine(world.Settings.StateDirectory, "images", "partial"));
}

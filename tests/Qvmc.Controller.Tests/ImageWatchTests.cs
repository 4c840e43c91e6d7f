using Grpc.Core;
using Qvmc.Core.Faults;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Image.V1;
using static Qvmc.Controller.Tests.ControllerHarness;

namespace Qvmc.Controller.Tests;

public class ImageWatchTests
{
    [Fact]
    public async Task A_watch_tells_what_is_there_and_then_each_change()
    {
        await using var world = await StartAsync();
        using var call = world.Images.WatchImages(new WatchImagesRequest(), Within());
        Assert.Equal((ImageEventType.Snapshot, "tiny", ImageState.Ready), Told(await NextAsync(call.ResponseStream)));
        Assert.Equal(ImageEventType.Synced, (await NextAsync(call.ResponseStream)).Type);
        await world.UploadAsync("other", Disk(2));
        Assert.Equal((ImageEventType.Changed, "other", ImageState.Ready), Told(await NextAsync(call.ResponseStream)));
        await world.LaunchAsync("web1");
        Assert.Equal(["web1"], (await NextAsync(call.ResponseStream)).Image.UsedBy);
        await world.Client.DeleteAsync(new DeleteRequest { Name = "web1", Force = true }, Within());
        Assert.Empty((await NextAsync(call.ResponseStream)).Image.UsedBy);
        await world.Images.DeleteImageAsync(new DeleteImageRequest { Name = "other" }, Within());
        Assert.Equal((ImageEventType.Deleted, "other", ImageState.Ready), Told(await NextAsync(call.ResponseStream)));
    }

    [Fact]
    public async Task A_watch_of_one_name_tells_of_no_other()
    {
        await using var world = await StartAsync();
        using var call = world.Images.WatchImages(new WatchImagesRequest { Name = "other" }, Within());
        Assert.Equal(ImageEventType.Synced, (await NextAsync(call.ResponseStream)).Type);
        await world.UploadAsync("another", Disk(2));
        await world.UploadAsync("other", Disk(2));
        Assert.Equal((ImageEventType.Changed, "other", ImageState.Ready), Told(await NextAsync(call.ResponseStream)));
        Assert.Equal(FaultCode.InvalidArgument, (await FaultOf(async () => await NextAsync(world.Images.WatchImages(new WatchImagesRequest { Name = "A" }, Within()).ResponseStream))).Code);
    }

    [Fact]
    public async Task A_follower_that_does_not_read_gets_the_latest_of_each()
    {
        await using var world = await StartAsync();
        using var call = world.Images.WatchImages(new WatchImagesRequest(), Within(Limits.Test * 2));
        await NextAsync(call.ResponseStream);
        for (byte i = 2; i < 40; i++)
        {
            await world.UploadAsync("tiny", Disk(i), replace: true);
        }

        var last = (await world.Images.GetImageAsync(new GetImageRequest { Name = "tiny" }, Within())).Image;
        var count = 0;
        for (var told = await NextAsync(call.ResponseStream); told.Image?.Digest != last.Digest; told = await NextAsync(call.ResponseStream))
        {
            count++;
        }

        Assert.InRange(count, 0, 39);
    }

    internal static async Task<WatchImagesResponse> NextAsync(IAsyncStreamReader<WatchImagesResponse> stream)
    {
        Assert.True(await stream.MoveNext(CancellationToken.None));
        return stream.Current;
    }

    private static (ImageEventType Type, string Name, ImageState State) Told(WatchImagesResponse response) => (response.Type, response.Image.Name, response.Image.State);
}

using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Qvmc.Core.Faults;
using Qvmc.Hosting.ByteChannels;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Settings.V1;
using static Qvmc.Controller.Tests.ControllerHarness;

namespace Qvmc.Controller.Tests;

public class UploadTests
{
    [Fact]
    public async Task An_upload_goes_on_after_a_restart_and_becomes_an_image()
    {
        await using var world = await StartAsync();
        var bytes = ImageServer.Bytes(3);
        var upload = await CreateAsync(world, bytes);
        Assert.Equal((26, 0ul), (upload.Id.Length, upload.Offset));
        var half = bytes.Length / 2;
        Assert.Equal((ulong)half, (await AppendAsync(world, upload.Id, 0, bytes[..half])).Upload.Offset);
        await world.RestartControllerAsync();
        var again = await GetAsync(world, upload.Id);
        Assert.Equal((upload.Header, (ulong)half), (again.Header, again.Offset));
        Assert.True(again.ExpireTime >= upload.ExpireTime);
        var wrong = await FaultOf(() => AppendAsync(world, upload.Id, 5, bytes[5..]));
        Assert.Equal(FaultCode.Stale, wrong.Code);
        Assert.Contains($"is at {half}", wrong.Message, StringComparison.Ordinal);

        var done = await AppendAsync(world, upload.Id, half, bytes[half..]);
        Assert.Equal(((ulong)bytes.Length, ImageState.Ready), (done.Upload.Offset, done.Image.State));
        Assert.Empty(PullTests.Partials(world));

        // The answer may have been lost.
        await world.RestartControllerAsync();
        Assert.Equal(done.Image.Digest, (await AppendAsync(world, upload.Id, bytes.Length, [])).Image.Digest);
    }

    [Fact]
    public async Task What_came_before_a_break_is_kept()
    {
        await using var world = await StartAsync();
        var bytes = ImageServer.Bytes(3);
        var upload = await CreateAsync(world, bytes);
        using (var call = world.Images.AppendUpload(Within()))
        {
            await SendAsync(call, upload.Id, 0, bytes[..(1 << 20)]);
            await ProgressAsync(world, upload.Id, 1 << 20);
        }

        Assert.Equal(1ul << 20, await SettledAsync(world, upload.Id));
        Assert.NotNull((await AppendAsync(world, upload.Id, 1 << 20, bytes[(1 << 20)..])).Image);
    }

    [Fact]
    public async Task Bytes_through_a_channel_are_kept_and_gone_on_with_like_others()
    {
        await using var world = await StartAsync();
        var bytes = ImageServer.Bytes(3);
        var upload = await CreateAsync(world, bytes);
        var half = bytes.Length / 2;
        var channels = new ByteChannelClient(world.Settings.Listen);
        await using (var silent = await channels.OpenAsync(CancellationToken.None))
        {
            using var call = world.Images.AppendUpload(Within());
            await SendAsync(call, upload.Id, 0, []);
            await call.RequestStream.WriteAsync(new AppendUploadRequest { Channel = new ByteChannel { Name = silent.Name } });
            await silent.WriteAsync(bytes.AsMemory(0, half), CancellationToken.None);
            await ProgressAsync(world, upload.Id, half);
            Assert.Equal(FaultCode.Stale, (await FaultOf(() => AppendAsync(world, upload.Id, 0, bytes))).Code);
            Assert.Equal(FaultCode.Stale, (await FaultOf(async () => await call)).Code);
        }

        Assert.Equal((ulong)half, (await GetAsync(world, upload.Id)).Offset);
        await using var rest = await channels.OpenAsync(CancellationToken.None);
        using var last = world.Images.AppendUpload(Within());
        await SendAsync(last, upload.Id, half, []);
        await last.RequestStream.WriteAsync(new AppendUploadRequest { Channel = new ByteChannel { Name = rest.Name } });
        await rest.WriteAsync(bytes.AsMemory(half), CancellationToken.None);
        await rest.EndAsync();
        await last.RequestStream.WriteAsync(new AppendUploadRequest { Channel = new ByteChannel { Name = rest.Name, SentBytes = rest.Sent } });
        await last.RequestStream.CompleteAsync();
        Assert.Equal(ImageState.Ready, (await last).Image.State);
    }

    [Fact]
    public async Task A_second_writer_takes_over_from_one_that_is_silent()
    {
        await using var world = await StartAsync();
        var bytes = ImageServer.Bytes(3);
        var upload = await CreateAsync(world, bytes);
        using var silent = world.Images.AppendUpload(Within());
        await SendAsync(silent, upload.Id, 0, bytes[..1000]);
        await ProgressAsync(world, upload.Id, 1000);
        var early = await FaultOf(() => AppendAsync(world, upload.Id, 0, bytes));
        Assert.Equal(FaultCode.Stale, early.Code);
        Assert.Equal(FaultCode.Stale, (await FaultOf(async () => await silent)).Code);
        Assert.Equal(1000ul, (await GetAsync(world, upload.Id)).Offset);
        Assert.NotNull((await AppendAsync(world, upload.Id, 1000, bytes[1000..])).Image);
    }

    [Fact]
    public async Task What_is_not_as_announced_is_refused_and_nothing_of_it_stays()
    {
        await using var world = await StartAsync();
        var bytes = ImageServer.Bytes(3);
        var wrongSum = await CreateAsync(world, bytes, h => h.Digest = "sha512:" + new string('0', 128));
        Assert.Equal(FaultCode.InvalidArgument, (await FaultOf(() => AppendAsync(world, wrongSum.Id, 0, bytes))).Code);
        Assert.Equal(FaultCode.NotFound, (await FaultOf(() => GetAsync(world, wrongSum.Id))).Code);

        var tooMuch = await CreateAsync(world, bytes[..1000]);
        Assert.Equal(FaultCode.InvalidArgument, (await FaultOf(() => AppendAsync(world, tooMuch.Id, 0, bytes[..1001]))).Code);
        Assert.Equal(0ul, (await GetAsync(world, tooMuch.Id)).Offset);
        await world.Images.DeleteUploadAsync(new DeleteUploadRequest { Id = tooMuch.Id }, Within());
        Assert.Equal(FaultCode.NotFound, (await FaultOf(async () => await world.Images.DeleteUploadAsync(new DeleteUploadRequest { Id = tooMuch.Id }, Within()))).Code);

        var taken = await CreateAsync(world, bytes, h => h.Name = "tiny");
        Assert.Equal(FaultCode.AlreadyExists, (await FaultOf(() => AppendAsync(world, taken.Id, 0, bytes))).Code);
        Assert.Empty(PullTests.Partials(world));
        Assert.Single(PullTests.Bytes(world));

        var replacing = await CreateAsync(world, bytes, h => (h.Name, h.Replace) = ("tiny", true));
        Assert.NotNull((await AppendAsync(world, replacing.Id, 0, bytes)).Image);
        Assert.Single(PullTests.Bytes(world));
    }

    [Fact]
    public async Task An_upload_that_nobody_goes_on_with_expires()
    {
        await using var world = await StartAsync();
        world.Settings.ImageLimits = new ImageLimits { UploadLifetime = new Duration { Nanos = 1000 } };
        await world.RestartControllerAsync();
        var upload = await CreateAsync(world, Disk(1));
        await AppendAsync(world, upload.Id, 0, new byte[100]);
        Assert.NotEmpty(PullTests.Partials(world));
        await world.RestartControllerAsync();
        using var limit = new CancellationTokenSource(Limits.Test);
        while (PullTests.Partials(world).Length > 0)
        {
            await Task.Delay(20, limit.Token);
        }

        Assert.Equal(FaultCode.NotFound, (await FaultOf(() => GetAsync(world, upload.Id))).Code);
    }

    [Fact]
    public async Task Every_fault_of_an_upload_comes_at_once()
    {
        await using var world = await StartAsync();
        world.Settings.ImageLimits = new ImageLimits { MaxGib = 1 };
        await world.RestartControllerAsync();
        var fault = await FaultOf(async () => await world.Images.CreateUploadAsync(new CreateUploadRequest { Header = new UploadHeader { Name = "A", Digest = "1", Format = (ImageFormat)9 } }, Within()));
        Assert.Equal(["header.digest", "header.format", "header.name", "header.size_bytes"], fault.Fields.Select(f => f.Field).Order(StringComparer.Ordinal));
        var large = await FaultOf(async () => await world.Images.CreateUploadAsync(new CreateUploadRequest { Header = new UploadHeader { Name = "a", SizeBytes = (1ul << 30) + 1 } }, Within()));
        Assert.Equal("header.size_bytes", Assert.Single(large.Fields).Field);
        Assert.Equal(FaultCode.NotFound, (await FaultOf(() => GetAsync(world, "../../etc"))).Code);
    }

    internal static async Task<AppendUploadResponse> AppendAsync(ControllerHarness world, string id, long offset, byte[] bytes)
    {
        using var call = world.Images.AppendUpload(Within());
        try
        {
            await SendAsync(call, id, offset, bytes);
            await call.RequestStream.CompleteAsync();
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException)
        {
            // Refused before it was all sent; the answer says why.
        }

        return await call;
    }

    private static async Task SendAsync(AsyncClientStreamingCall<AppendUploadRequest, AppendUploadResponse> call, string id, long offset, byte[] bytes)
    {
        await call.RequestStream.WriteAsync(new AppendUploadRequest { Place = new UploadPlace { Id = id, Offset = (ulong)offset } });
        foreach (var chunk in bytes.Chunk(1 << 18))
        {
            await call.RequestStream.WriteAsync(new AppendUploadRequest { Chunk = ByteString.CopyFrom(chunk) });
        }
    }

    private static async Task<Upload> CreateAsync(ControllerHarness world, byte[] bytes, Action<UploadHeader>? change = null)
    {
        var header = new UploadHeader { Name = "up", Format = ImageFormat.Raw, SizeBytes = (ulong)bytes.Length };
        change?.Invoke(header);
        return (await world.Images.CreateUploadAsync(new CreateUploadRequest { Header = header }, Within())).Upload;
    }

    private static async Task<Upload> GetAsync(ControllerHarness world, string id) => (await world.Images.GetUploadAsync(new GetUploadRequest { Id = id }, Within())).Upload;

    // What is told of an upload is what is on the disk for good; this is what has come.
    private static async Task ProgressAsync(ControllerHarness world, string id, long bytes)
    {
        using var limit = new CancellationTokenSource(Limits.Test);
        var file = new FileInfo(Path.Combine(world.Settings.StateDirectory, "images", "partial", $"upload-{id}"));
        while (!file.Exists || file.Length < bytes)
        {
            await Task.Delay(20, limit.Token);
            file.Refresh();
        }
    }

    // The server hears of a break a little later than the client.
    private static async Task<ulong> SettledAsync(ControllerHarness world, string id)
    {
        using var limit = new CancellationTokenSource(Limits.Test);
        while (true)
        {
            var offset = (await GetAsync(world, id)).Offset;
            if (offset > 0)
            {
                return offset;
            }

            await Task.Delay(20, limit.Token);
        }
    }
}

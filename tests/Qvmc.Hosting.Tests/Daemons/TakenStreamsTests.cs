using Grpc.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Qvmc.Hosting.Daemons;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Settings.V1;
using Qvmc.Testing;

namespace Qvmc.Hosting.Tests.Daemons;

public sealed class TakenStreamsTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("qvmc-taken-").FullName;
    private readonly HandClock _clock = new(TakenStreams.Limit);
    private RunningDaemon _daemon = null!;

    public async Task InitializeAsync() => _daemon = await RunningDaemon.StartAsync(new Endpoint { Address = $"unix://{_directory}/d.sock" }, time: _clock);

    public async Task DisposeAsync()
    {
        await _daemon.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task What_nobody_takes_is_given_up_and_nothing_else_with_it()
    {
        using var silent = _daemon.Images.ExportImage(new ExportImageRequest());
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (Volatile.Read(ref _daemon.Script.Taken) == 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), limit.Token);
        }

        await _clock.RingAsync();
        var end = await _daemon.Script.Untaken.Task.WaitAsync(TimeSpan.FromSeconds(60));

        Assert.IsType<TimeoutException>(Assert.IsType<OperationCanceledException>(end).InnerException);
        // Nothing was sent that had no room on the way: 64 KiB each, and a client takes up to 16 MiB before anybody reads.
        Assert.InRange(_daemon.Script.Taken, 1, 1000);
        Assert.Equal("a", (await _daemon.Images.GetImageAsync(new GetImageRequest { Name = "a" })).Image.Name);
        await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await silent.ResponseStream.MoveNext(CancellationToken.None))
            {
            }
        });
    }

    // It would be for the connection, and so for all calls that share it.
    [Fact]
    public void No_other_limit_is_set_to_how_fast_a_client_takes_what_it_gets() =>
        Assert.Null(_daemon.App.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits.MinResponseDataRate);
}

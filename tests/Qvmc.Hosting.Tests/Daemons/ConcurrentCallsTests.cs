using Grpc.Core;
using Grpc.Health.V1;
using Qvmc.Core.Faults;
using Qvmc.Hosting.Daemons;
using Qvmc.Hosting.Faults;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Hosting.Tests.Daemons;

public sealed class ConcurrentCallsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("qvmc-calls-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task One_too_many_is_refused_and_taken_when_another_has_ended()
    {
        await using var daemon = await RunningDaemon.StartAsync(new Endpoint { Address = $"unix://{_directory}/d.sock" }, maxCalls: 3);
        var (arrived, end) = (new SemaphoreSlim(0), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        daemon.Script.Get = async (request, _) =>
        {
            arrived.Release();
            await end.Task;
            return new GetImageResponse { Image = new Image { Name = request.Name } };
        };
        AsyncUnaryCall<GetImageResponse>[] waiting = [Get(), Get()];
        using var stream = daemon.Images.ExportImage(new ExportImageRequest());
        Assert.True(await stream.ResponseStream.MoveNext(CancellationToken.None));
        for (var i = 0; i < waiting.Length; i++)
        {
            await arrived.WaitAsync();
        }

        var refused = FaultStatus.FromRpc(await Assert.ThrowsAsync<RpcException>(() => Get().ResponseAsync));
        Assert.Equal((FaultCode.ResourceExhausted, TimeSpan.FromSeconds(1)), (refused.Code, refused.RetryAfter));
        Assert.Contains("the daemon answers 3 calls at a time", refused.Message, StringComparison.Ordinal);

        // Whoever watches over the daemon must not take it for dead.
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, (await new Health.HealthClient(daemon.Channel).CheckAsync(new HealthCheckRequest())).Status);

        end.SetResult();
        await Task.WhenAll(waiting.Select(w => w.ResponseAsync));
        Assert.Equal("a", (await Get()).Image.Name);

        AsyncUnaryCall<GetImageResponse> Get() => daemon.Images.GetImageAsync(new GetImageRequest { Name = "a" });
    }

    [Fact]
    public void What_can_be_set_is_bounded()
    {
        Assert.Null(ConcurrentCalls.Check(0, "max_calls"));
        Assert.Null(ConcurrentCalls.Check(65_536, "max_calls"));
        Assert.Equal("max_calls", ConcurrentCalls.Check(65_537, "max_calls")?.Field);
    }
}

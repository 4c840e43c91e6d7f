using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Reflection.V1Alpha;
using Qvmc.Core.Faults;
using Qvmc.Hosting.Daemons;
using Qvmc.Hosting.Endpoints;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Hosting.Tests.Daemons;

public sealed class DaemonTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly string _directory = Directory.CreateTempSubdirectory("qvmc-daemon-").FullName;

    private string SocketPath => Path.Combine(_directory, "d.sock");

    private Endpoint Listen => new() { Address = $"unix://{SocketPath}" };

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Serves_calls_health_and_reflection_on_a_socket()
    {
        await using var daemon = await RunningDaemon.StartAsync(Listen);

        Assert.Equal("a", (await daemon.Images.GetImageAsync(new GetImageRequest { Name = "a" })).Image.Name);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, (await new Health.HealthClient(daemon.Channel).CheckAsync(new HealthCheckRequest())).Status);
        using var reflection = new ServerReflection.ServerReflectionClient(daemon.Channel).ServerReflectionInfo();
        await reflection.RequestStream.WriteAsync(new ServerReflectionRequest { ListServices = "" });
        Assert.True(await reflection.ResponseStream.MoveNext(default));
        Assert.Contains("image.v1.ImageService", reflection.ResponseStream.Current.ListServicesResponse.Service.Select(s => s.Name));
    }

    [Fact]
    public async Task Serves_on_any_free_port_and_answers_where()
    {
        await using var daemon = await RunningDaemon.StartAsync(new Endpoint { Address = "http://127.0.0.1:0" });

        Assert.NotEqual(0, DaemonRunner.Address(daemon.App).Port);
        await daemon.Images.GetImageAsync(new GetImageRequest());
    }

    [Theory]
    [InlineData("", UnixFileMode.UserRead | UnixFileMode.UserWrite)]
    [InlineData("0660", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite)]
    public async Task Its_socket_has_the_permissions_asked_for(string mode, UnixFileMode expected)
    {
        var listen = Listen;
        listen.SocketMode = mode;
        await using var daemon = await RunningDaemon.StartAsync(listen);

        Assert.Equal(expected, File.GetUnixFileMode(SocketPath));
    }

    [Fact]
    public async Task A_group_that_is_not_there_is_refused()
    {
        var listen = Listen;
        listen.SocketGroup = "no-such-group";

        var fault = await RefusedAsync(listen);

        Assert.Contains("no-such-group", fault.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(SocketPath));
    }

    [Fact]
    public async Task Leaves_nothing_behind()
    {
        await using (await RunningDaemon.StartAsync(Listen))
        {
        }
        Assert.Empty(Directory.GetFiles(_directory));
    }

    [Fact]
    public async Task Takes_the_place_of_one_that_was_killed()
    {
        // A socket that is closed without being unlinked, as the kernel leaves it after SIGKILL: bound by another name.
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(SocketPath + ".old"));
            dead.Listen();
            File.Move(SocketPath + ".old", SocketPath);
        }
        Assert.True(File.Exists(SocketPath));

        await using var daemon = await RunningDaemon.StartAsync(Listen);
        await daemon.Images.GetImageAsync(new GetImageRequest());
    }

    [Fact]
    public async Task Refuses_a_place_where_another_serves()
    {
        await using var daemon = await RunningDaemon.StartAsync(Listen);

        Assert.Contains("another daemon is serving", (await RefusedAsync(Listen)).Message, StringComparison.Ordinal);
        await daemon.Images.GetImageAsync(new GetImageRequest());
    }

    [Fact]
    public async Task Refuses_a_place_where_a_stranger_listens()
    {
        using var stranger = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        stranger.Bind(new UnixDomainSocketEndPoint(SocketPath));
        stranger.Listen();

        Assert.Contains("another daemon is serving", (await RefusedAsync(Listen)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("precious")]
    public async Task Never_removes_a_file_that_is_no_socket(string content)
    {
        File.WriteAllText(SocketPath, content);

        await RefusedAsync(Listen);

        Assert.Equal(content, File.ReadAllText(SocketPath));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Calls_go_through_as_soon_as_the_daemon_is_there_however_often_they_failed(bool overTcp)
    {
        // Connections that fail one after the other must not put off the next.
        using var held = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        held.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var listen = overTcp ? new Endpoint { Address = $"http://{held.LocalEndPoint}" } : Listen;
        using var channel = GrpcChannels.Create(listen);
        var images = new ImageService.ImageServiceClient(channel);
        for (var i = 0; i < 10; i++)
        {
            var fault = await Assert.ThrowsAsync<RpcException>(async () => await images.GetImageAsync(new GetImageRequest()));
            Assert.Equal(StatusCode.Unavailable, fault.StatusCode);
        }

        held.Close();
        await using var app = RunningDaemon.Build(listen);
        await app.StartAsync();
        await images.GetImageAsync(new GetImageRequest());
        await app.StopAsync();
    }

    [Fact]
    public async Task Refuses_a_port_that_is_taken()
    {
        await using var daemon = await RunningDaemon.StartAsync(new Endpoint { Address = "http://127.0.0.1:0" });

        var fault = await RefusedAsync(new Endpoint { Address = DaemonRunner.Address(daemon.App).ToString() });

        Assert.Equal(FaultCode.FailedPrecondition, fault.Code);
    }

    [Fact]
    public async Task Runs_until_told_to_stop_and_ends_calls_first()
    {
        var script = new ImageScript();
        var entered = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        script.Get = async (_, _) =>
        {
            entered.SetResult();
            await release.Task;
            return new GetImageResponse();
        };
        var app = RunningDaemon.Build(Listen, script);
        var started = new TaskCompletionSource();
        app.Lifetime.ApplicationStarted.Register(started.SetResult);
        using var stop = new CancellationTokenSource();
        var run = DaemonRunner.RunAsync(app, "test", stop.Token, ownsProcess: false);
        await started.Task.WaitAsync(Limit);
        using var channel = GrpcChannels.Create(Listen);
        var call = new ImageService.ImageServiceClient(channel).GetImageAsync(new GetImageRequest()).ResponseAsync;
        await entered.Task.WaitAsync(Limit);

        await stop.CancelAsync();
        Assert.False(run.IsCompleted);
        release.SetResult();

        await call.WaitAsync(Limit);
        await run.WaitAsync(Limit);
        Assert.Empty(Directory.GetFiles(_directory));
    }

    [Fact]
    public async Task Metrics_are_on_their_own_endpoint_only()
    {
        var path = Path.Combine(_directory, "m.sock");
        await using var daemon = await RunningDaemon.StartAsync(Listen, metrics: new Endpoint { Address = $"unix://{path}" });
        await daemon.Images.GetImageAsync(new GetImageRequest());
        using var http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, ct) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), ct);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });

        Assert.Equal("alive\n", await http.GetStringAsync("http://localhost/healthz"));
        Assert.Equal("ready\nserving: ok\n", await http.GetStringAsync("http://localhost/readyz"));
        var metrics = await http.GetStringAsync("http://localhost/metrics");
        Assert.Contains("service_name=\"qvmc-test\"", metrics, StringComparison.Ordinal);
        Assert.Contains("http_server_request_duration_seconds_count{", metrics, StringComparison.Ordinal);
        Assert.Contains("dotnet_gc_collections_total", metrics, StringComparison.Ordinal);
        using var other = await http.PostAsync("http://localhost/image.v1.ImageService/GetImage", new ByteArrayContent([]));
        Assert.Equal(404, (int)other.StatusCode);
    }

    private static async Task<FaultException> RefusedAsync(Endpoint listen)
    {
        var app = RunningDaemon.Build(listen);
        return await Assert.ThrowsAsync<FaultException>(() => DaemonRunner.RunAsync(app, "test", default, ownsProcess: false).WaitAsync(Limit));
    }
}

using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Qvmc.Controller.Tests.FakeNodes;
using Qvmc.Core.Faults;
using Qvmc.Hosting.Endpoints;
using Qvmc.Hosting.Faults;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Controller.Tests;

/// <summary>A real controller over its real store in a directory of its own, and fake hosts.</summary>
internal sealed class ControllerHarness : IAsyncDisposable
{
    private WebApplication? _app;
    private GrpcChannel? _channel;

    private ControllerHarness(string directory, IEnumerable<string> nodes)
    {
        Directory = directory;
        Nodes = [.. nodes.Select(n => new FakeNode(directory, n))];
        Settings = new ControllerSettings
        {
            Listen = new Endpoint { Address = $"unix://{directory}/controller.sock" },
            StateDirectory = Path.Combine(directory, "state"),
            ImportDirectories = { Path.Combine(directory, "import") },
            Nodes = { Nodes.Select(n => new NodeSettings { Name = n.Name, Endpoint = n.Endpoint }) },
            Log = new Log { Level = "error" },
        };
    }

    public string Directory { get; }

    public ControllerSettings Settings { get; }

    public IReadOnlyList<FakeNode> Nodes { get; }

    public FakeNode Node => Nodes[0];

    public ControllerService.ControllerServiceClient Client { get; private set; } = null!;

    public ImageService.ImageServiceClient Images { get; private set; } = null!;

    /// <summary>Starts nodes and controller, and uploads the image "tiny".</summary>
    public static async Task<ControllerHarness> StartAsync(params string[] nodes)
    {
        var harness = new ControllerHarness(System.IO.Directory.CreateTempSubdirectory("qvmc-c-").FullName, nodes.Length == 0 ? ["local"] : nodes);
        System.IO.Directory.CreateDirectory(Path.Combine(harness.Directory, "import"));
        foreach (var node in harness.Nodes)
        {
            await node.StartAsync();
        }

        await harness.StartControllerAsync();
        await harness.UploadAsync("tiny", Disk(1));
        return harness;
    }

    /// <summary>The bytes of a raw disk of 2 MiB that begin with <paramref name="mark"/>.</summary>
    public static byte[] Disk(byte mark)
    {
        var bytes = new byte[2 << 20];
        bytes[0] = mark;
        return bytes;
    }

    public static CallOptions Within(TimeSpan? limit = null) => new(deadline: DateTime.UtcNow + (limit ?? Limits.Test));

    /// <summary>The fault that a call answers.</summary>
    public static async Task<FaultException> FaultOf(Func<Task> call) =>
        FaultStatus.FromRpc(await Assert.ThrowsAsync<RpcException>(call));

    public async Task StartControllerAsync()
    {
        _app = ControllerDaemon.Create(Settings);
        await _app.StartAsync();
        _channel = GrpcChannels.Create(Settings.Listen);
        Client = new ControllerService.ControllerServiceClient(_channel);
        Images = new ImageService.ImageServiceClient(_channel);
    }

    public async Task StopControllerAsync()
    {
        if (_app is { } app)
        {
            _app = null;
            _channel?.Dispose();
            await app.StopAsync();
            await app.DisposeAsync();
        }
    }

    public async Task RestartControllerAsync()
    {
        await StopControllerAsync();
        await StartControllerAsync();
    }

    public async Task<Image> UploadAsync(string name, byte[] bytes)
    {
        using var call = Images.UploadImage(Within());
        await call.RequestStream.WriteAsync(new UploadImageRequest { Header = new UploadHeader { Name = name, Format = ImageFormat.Raw, SizeBytes = (ulong)bytes.Length } });
        foreach (var chunk in bytes.Chunk(1 << 20))
        {
            await call.RequestStream.WriteAsync(new UploadImageRequest { Chunk = ByteString.CopyFrom(chunk) });
        }

        await call.RequestStream.CompleteAsync();
        return (await call).Image;
    }

    public static LaunchRequest Request(string name, WaitCondition wait = WaitCondition.Unspecified) =>
        new() { Name = name, Spec = new InstanceSpec { Image = "tiny" }, Wait = wait };

    public async Task<Instance> LaunchAsync(string name, WaitCondition wait = WaitCondition.Running) =>
        (await Client.LaunchAsync(Request(name, wait), Within())).Instance;

    public async Task<Instance> InfoAsync(string name) => (await Client.InfoAsync(new InfoRequest { Name = name }, Within())).Instance;

    public async Task<Instance> WaitAsync(string name, WaitCondition condition, TimeSpan? timeout = null) => (await Client.WaitAsync(
        new WaitRequest { Name = name, For = condition, Timeout = (timeout ?? Limits.Test).ToDuration() }, Within(Limits.Test * 2))).Instance;

    /// <summary>Follows one instance until its view is as wanted.</summary>
    public async Task<Instance> SeeAsync(string name, Func<Instance, bool> wanted)
    {
        using var call = Client.Watch(new WatchRequest { Filter = new InstanceFilter { Names = { name } } }, Within());
        await foreach (var told in call.ResponseStream.ReadAllAsync())
        {
            if (told.Instance is { } instance && wanted(instance))
            {
                return instance;
            }
        }

        throw new InvalidOperationException("the watch ended");
    }

    /// <summary>Asks for the first host until it is as wanted.</summary>
    public async Task<Protos.Controller.V1.Node> SeeHostAsync(bool reachable, string message = "")
    {
        using var limit = new CancellationTokenSource(Limits.Test);
        while (true)
        {
            var node = (await Client.ListNodesAsync(new ListNodesRequest(), Within())).Nodes[0];
            if (node.Reachable == reachable && node.Message.Contains(message, StringComparison.Ordinal))
            {
                return node;
            }

            await Task.Delay(20, limit.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopControllerAsync();
        foreach (var node in Nodes)
        {
            await node.DisposeAsync();
        }

        System.IO.Directory.Delete(Directory, recursive: true);
    }
}

using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Qvmc.Controller.Tests.FakeNodes;
using Qvmc.Core.Faults;
using Qvmc.Hosting.Endpoints;
using Qvmc.Hosting.Faults;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Network.V1;
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

    public NetworkService.NetworkServiceClient Networks { get; private set; } = null!;

    /// <summary>The controller's clock.</summary>
    public TimeProvider Clock { get; private init; } = TimeProvider.System;

    /// <summary>Starts nodes and controller, and uploads the image "tiny".</summary>
    public static Task<ControllerHarness> StartAsync(params string[] nodes) => StartAsync(TimeProvider.System, nodes);

    /// <summary>The same by another clock.</summary>
    public static Task<ControllerHarness> StartAsync(TimeProvider clock, params string[] nodes) => StartAsync(clock, nodes, _ => { });

    /// <summary>The same with a bridge "lan" of these addresses as the only network of its host.</summary>
    public static Task<ControllerHarness> StartOnBridgeAsync(string range = "", bool running = true) => StartAsync(TimeProvider.System, [], node =>
    {
        node.Networks = [Bridge(range)];
        node.IsDown = !running;
    });

    public static Network Bridge(string range = "", string subnet = "10.80.0.0/24") => new()
    {
        Name = "lan",
        IsDefault = true,
        Kind = NetworkKind.Bridge,
        State = NetworkState.Ready,
        Subnet = subnet,
        Gateway = subnet.Replace(".0/24", ".1", StringComparison.Ordinal),
        Range = range,
        Subnet6 = "fd00:1:2:3::/64",
        Domain = "lan.qvmc.internal",
        CanForward = true,
        DhcpServer = new DhcpServer { Pid = 1 },
    };

    private static async Task<ControllerHarness> StartAsync(TimeProvider clock, string[] nodes, Action<FakeNode> prepare)
    {
        var harness = new ControllerHarness(System.IO.Directory.CreateTempSubdirectory("qvmc-c-").FullName, nodes.Length == 0 ? ["local"] : nodes) { Clock = clock };
        System.IO.Directory.CreateDirectory(Path.Combine(harness.Directory, "import"));
        foreach (var node in harness.Nodes)
        {
            prepare(node);
            await (node.IsDown ? Task.CompletedTask : node.StartAsync());
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
        _app = ControllerDaemon.Create(Settings, Clock);
        await _app.StartAsync();
        _channel = GrpcChannels.Create(Settings.Listen);
        Client = new ControllerService.ControllerServiceClient(_channel);
        Images = new ImageService.ImageServiceClient(_channel);
        Networks = new NetworkService.NetworkServiceClient(_channel);
    }

    /// <summary>A part of the controller.</summary>
    public T Service<T>()
        where T : notnull => _app!.Services.GetRequiredService<T>();

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

    public async Task<Image> UploadAsync(string name, byte[] bytes, bool replace = false, ImageFormat format = ImageFormat.Raw)
    {
        using var call = Images.UploadImage(Within());
        await call.RequestStream.WriteAsync(new UploadImageRequest { Header = new UploadHeader { Name = name, Format = format, SizeBytes = (ulong)bytes.Length, Replace = replace } });
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

    /// <summary>Asks for a host, the first by name unless told, until it is as wanted.</summary>
    public async Task<Protos.Controller.V1.Node> SeeHostAsync(bool reachable, string message = "", int index = 0)
    {
        using var limit = new CancellationTokenSource(Limits.Test);
        while (true)
        {
            var node = (await Client.ListNodesAsync(new ListNodesRequest(), Within())).Nodes[index];
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

using System.Collections.Concurrent;
using Grpc.Core;
using Grpc.Net.Client;
using Qvmc.EndToEnd.Cluster;
using Qvmc.Hosting.Endpoints;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.EndToEnd.Load;

/// <summary>The daemons with stubs in the place of QEMU, and a client that asks many things at once.</summary>
internal sealed class LoadCluster : TestCluster
{
    // More are only queued.
    private const int AtOnce = 32;

    private readonly string _programs;
    private readonly GrpcChannel _channel;

    private LoadCluster(string programs, string stub)
        : base($"\"qemu_binary\": \"{stub}\", \"qemu_img_binary\": \"{stub}\",", "\"launch_limits\": { \"memory_percent\": 100000 },", "warn")
    {
        _programs = programs;
        _channel = GrpcChannels.Create(new Endpoint { Address = $"unix://{Root}/controller.sock" });
        Client = new ControllerService.ControllerServiceClient(_channel);
    }

    private LoadCluster(string programs)
        : this(programs, StubQemu.Build(programs))
    {
    }

    public LoadCluster()
        : this(Directory.CreateTempSubdirectory("ql-").FullName)
    {
    }

    public ControllerService.ControllerServiceClient Client { get; }

    protected override TimeSpan CommandLimit => TimeSpan.FromMinutes(30);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _channel.Dispose();
        Directory.Delete(_programs, recursive: true);
    }

    /// <summary>Does the same with many names, some at once.</summary>
    public static Task EachAsync(IEnumerable<string> names, Func<string, Task> work) =>
        Parallel.ForEachAsync(names, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (name, _) => await work(name));

    public async Task LaunchAsync(string name) => await Client.LaunchAsync(new LaunchRequest
    {
        Name = name,
        Spec = new InstanceSpec { Image = "tiny", MemoryMib = 64, Cpus = 1 },
        Wait = WaitCondition.Running,
        Timeout = Google.Protobuf.WellKnownTypes.Duration.FromTimeSpan(CommandLimit),
    });

    public async Task StopAsync(string name) => await Client.StopAsync(new StopRequest { Name = name, Policy = new StopPolicy { Force = true }, Wait = WaitCondition.Stopped });

    public async Task StartAsync(string name) => await Client.StartAsync(new StartRequest { Name = name, Wait = WaitCondition.Running });

    public async Task DeleteAsync(string name) => await Client.DeleteAsync(new DeleteRequest { Name = name, Force = true });

    /// <summary>Every instance, page by page.</summary>
    public async Task<List<Instance>> ListAsync()
    {
        var all = new List<Instance>();
        var request = new ListRequest();
        do
        {
            var page = await Client.ListAsync(request);
            all.AddRange(page.Instances);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        return all;
    }

    /// <summary>Follows the stream of changes until all are as wanted, and gives them.</summary>
    public async Task<IReadOnlyDictionary<string, Instance>> UntilAsync(int count, Func<Instance, bool> wanted)
    {
        using var limit = new CancellationTokenSource(CommandLimit);
        var seen = new ConcurrentDictionary<string, Instance>();
        while (true)
        {
            using var watch = Client.Watch(new WatchRequest(), cancellationToken: limit.Token);
            try
            {
                await foreach (var told in watch.ResponseStream.ReadAllAsync(limit.Token))
                {
                    if (told.Instance is { } instance)
                    {
                        seen[instance.Name] = instance;
                    }

                    if (seen.Count == count && told.Type != WatchEventType.Snapshot && seen.Values.All(wanted))
                    {
                        return seen;
                    }
                }
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable && !limit.IsCancellationRequested)
            {
                // A daemon that was just started.
            }
        }
    }
}

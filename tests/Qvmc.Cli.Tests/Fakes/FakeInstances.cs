using System.Collections.Concurrent;
using System.Threading.Channels;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Tests.Fakes;

/// <summary>Instances that a test moves from state to state by hand. Each call runs the handler that the test gave, if any.</summary>
public sealed class FakeInstances : ControllerService.ControllerServiceBase
{
    private readonly ConcurrentDictionary<string, Instance> _instances = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Channel<WatchResponse>, bool> _watchers = new();
    private readonly Channel<WatchRequest> _watches = Channel.CreateUnbounded<WatchRequest>();
    private long _revision;

    public ConcurrentQueue<LaunchRequest> Launches { get; } = new();

    public Func<LaunchRequest, Instance>? OnLaunch { get; set; }

    public Func<StartRequest, StartResponse>? OnStart { get; set; }

    public Func<StopRequest, ServerCallContext, Task<StopResponse>>? OnStop { get; set; }

    public Func<PauseRequest, PauseResponse>? OnPause { get; set; }

    public Func<ResumeRequest, ResumeResponse>? OnResume { get; set; }

    public Func<UpdateRequest, UpdateResponse>? OnUpdate { get; set; }

    public Func<DeleteRequest, DeleteResponse>? OnDelete { get; set; }

    public Func<AddDiskRequest, AddDiskResponse>? OnAddDisk { get; set; }

    public Func<UpdateDiskRequest, UpdateDiskResponse>? OnUpdateDisk { get; set; }

    public Func<RemoveDiskRequest, RemoveDiskResponse>? OnRemoveDisk { get; set; }

    public Func<AttachCdromRequest, AttachCdromResponse>? OnAttachCdrom { get; set; }

    public Func<DetachCdromRequest, DetachCdromResponse>? OnDetachCdrom { get; set; }

    public Func<AddForwardRequest, AddForwardResponse>? OnAddForward { get; set; }

    public Func<RemoveForwardRequest, RemoveForwardResponse>? OnRemoveForward { get; set; }

    public Func<AddNicRequest, AddNicResponse>? OnAddNic { get; set; }

    public Func<RemoveNicRequest, RemoveNicResponse>? OnRemoveNic { get; set; }

    public Func<ExportDiskRequest, IServerStreamWriter<ExportDiskResponse>, Task>? OnExportDisk { get; set; }

    public Func<ExecRequest, ExecResponse>? OnExec { get; set; }

    public List<Node> Nodes { get; } = [];

    public string ConsoleText { get; set; } = "";

    /// <summary>Waits until a client watches and has been told of all there is.</summary>
    public async Task<WatchRequest> NextWatchAsync() => await _watches.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));

    /// <summary>Puts an instance, as a change.</summary>
    public void Set(Instance instance)
    {
        _instances[instance.Name] = instance;
        Tell(new WatchResponse { Type = WatchEventType.Changed, Instance = instance });
    }

    /// <summary>Sends something to every watcher.</summary>
    public void Tell(WatchResponse response)
    {
        response.ResumeToken = $"r{Interlocked.Increment(ref _revision)}";
        response.Time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).ToTimestamp();
        foreach (var watcher in _watchers.Keys)
        {
            watcher.Writer.TryWrite(response);
        }
    }

    public override Task<LaunchResponse> Launch(LaunchRequest request, ServerCallContext context)
    {
        Launches.Enqueue(request);
        var instance = OnLaunch?.Invoke(request) ?? Samples.Queued(request.Name, request.Spec);
        _instances[instance.Name] = instance;
        return Task.FromResult(new LaunchResponse { Instance = instance });
    }

    public override Task<StartResponse> Start(StartRequest request, ServerCallContext context) => Task.FromResult(OnStart!(request));

    public override Task<StopResponse> Stop(StopRequest request, ServerCallContext context) => OnStop!(request, context);

    public override Task<PauseResponse> Pause(PauseRequest request, ServerCallContext context) => Task.FromResult(OnPause!(request));

    public override Task<ResumeResponse> Resume(ResumeRequest request, ServerCallContext context) => Task.FromResult(OnResume!(request));

    public override Task<UpdateResponse> Update(UpdateRequest request, ServerCallContext context) => Task.FromResult(OnUpdate!(request));

    public override Task<AddDiskResponse> AddDisk(AddDiskRequest request, ServerCallContext context) => Task.FromResult(OnAddDisk!(request));

    public override Task<UpdateDiskResponse> UpdateDisk(UpdateDiskRequest request, ServerCallContext context) => Task.FromResult(OnUpdateDisk!(request));

    public override Task<RemoveDiskResponse> RemoveDisk(RemoveDiskRequest request, ServerCallContext context) => Task.FromResult(OnRemoveDisk!(request));

    public override Task<AttachCdromResponse> AttachCdrom(AttachCdromRequest request, ServerCallContext context) => Task.FromResult(OnAttachCdrom!(request));

    public override Task<DetachCdromResponse> DetachCdrom(DetachCdromRequest request, ServerCallContext context) => Task.FromResult(OnDetachCdrom!(request));

    public override Task<AddForwardResponse> AddForward(AddForwardRequest request, ServerCallContext context) => Task.FromResult(OnAddForward!(request));

    public override Task<RemoveForwardResponse> RemoveForward(RemoveForwardRequest request, ServerCallContext context) => Task.FromResult(OnRemoveForward!(request));

    public override Task<AddNicResponse> AddNic(AddNicRequest request, ServerCallContext context) => Task.FromResult(OnAddNic!(request));

    public override Task<RemoveNicResponse> RemoveNic(RemoveNicRequest request, ServerCallContext context) => Task.FromResult(OnRemoveNic!(request));

    public override Task ExportDisk(ExportDiskRequest request, IServerStreamWriter<ExportDiskResponse> responseStream, ServerCallContext context) => OnExportDisk!(request, responseStream);

    public override Task<DeleteResponse> Delete(DeleteRequest request, ServerCallContext context) => Task.FromResult(OnDelete!(request));

    public override Task<ExecResponse> Exec(ExecRequest request, ServerCallContext context) => Task.FromResult(OnExec!(request));

    public override Task<ConsoleResponse> Console(ConsoleRequest request, ServerCallContext context) => Task.FromResult(new ConsoleResponse { Text = ConsoleText });

    public override Task<ListNodesResponse> ListNodes(ListNodesRequest request, ServerCallContext context) => Task.FromResult(new ListNodesResponse { Nodes = { Nodes } });

    public override Task<InfoResponse> Info(InfoRequest request, ServerCallContext context) => _instances.TryGetValue(request.Name, out var instance)
        ? Task.FromResult(new InfoResponse { Instance = instance })
        : throw new RpcException(new Status(StatusCode.NotFound, $"there is no instance \"{request.Name}\""));

    public override Task<ListResponse> List(ListRequest request, ServerCallContext context)
    {
        // Two a page, so that every list of three goes over pages.
        var all = _instances.Values.OrderBy(instance => instance.Name, StringComparer.Ordinal).ToList();
        var first = request.PageToken.Length == 0 ? 0 : int.Parse(request.PageToken);
        var response = new ListResponse { Instances = { all.Skip(first).Take(2) } };
        response.NextPageToken = first + 2 < all.Count ? $"{first + 2}" : "";
        return Task.FromResult(response);
    }

    public override async Task Watch(WatchRequest request, IServerStreamWriter<WatchResponse> responseStream, ServerCallContext context)
    {
        var channel = Channel.CreateUnbounded<WatchResponse>();
        _watchers[channel] = true;
        try
        {
            if (request.ResumeToken.Length == 0)
            {
                foreach (var instance in _instances.Values.Where(i => request.Filter.Names.Count == 0 || request.Filter.Names.Contains(i.Name)))
                {
                    await responseStream.WriteAsync(new WatchResponse { Type = WatchEventType.Snapshot, Instance = instance });
                }

                await responseStream.WriteAsync(new WatchResponse { Type = WatchEventType.Synced, ResumeToken = $"r{_revision}" });
            }

            _watches.Writer.TryWrite(request);
            await foreach (var response in channel.Reader.ReadAllAsync(context.CancellationToken))
            {
                if (response.Instance is null || request.Filter.Names.Count == 0 || request.Filter.Names.Contains(response.Instance.Name))
                {
                    await responseStream.WriteAsync(response);
                }

                if (response.Type == WatchEventType.Resync)
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The client went away, or the server goes down.
        }
        finally
        {
            _watchers.TryRemove(channel, out _);
        }
    }
}

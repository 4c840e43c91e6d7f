using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging;
using Qvmc.Controller.Instances;
using Qvmc.Controller.Networks;
using Qvmc.Core.Instances;
using Qvmc.Hosting.Endpoints;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Controller.Nodes;

/// <summary>
/// The link to one host: a watch that stands as long as the host can be reached, and is made again when it breaks.
/// The snapshot at its beginning replaces all that was known of the host's machines, so nothing has to be remembered
/// across a break.
/// </summary>
internal sealed partial class NodeSession : IDisposable
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SnapshotLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StableAfter = TimeSpan.FromSeconds(5);

    private readonly GrpcChannel _channel;
    private readonly UnixDoor? _door;
    private readonly InstanceTable _table;
    private readonly NodeNetworks _networks;
    private readonly TimeProvider _time;
    private readonly ILogger<NodeSession> _log;
    private readonly TaskCompletionSource _firstAttempt = NewSignal();
    private bool _isClosed;

    public NodeSession(NodeSettings settings, InstanceTable table, NodeNetworks networks, TimeProvider time, ILogger<NodeSession> log)
    {
        (Name, Address, _table, _networks, _time, _log) = (settings.Name, settings.Endpoint.Address, table, networks, time, log);
        _channel = GrpcChannels.Create(settings.Endpoint);
        _door = UnixDoor.Of(Address);
        Client = new QemuService.QemuServiceClient(_channel);
        table.Disconnected(Name, $"host {Shown.Quote(Name)} has not been reached yet");
    }

    /// <summary>The host's name in the configuration.</summary>
    public string Name { get; }

    /// <summary>Where its daemon listens.</summary>
    public string Address { get; }

    /// <summary>For calls. They fail as UNAVAILABLE while the host can't be reached; <see cref="CallAsync"/> waits a little.</summary>
    public QemuService.QemuServiceClient Client { get; }

    /// <summary>What the host last said of itself; null before the first time.</summary>
    public Host? Host { get; private set; }

    /// <summary>Bounds the orders that are under way to the host at the same time.</summary>
    public SemaphoreSlim Slots { get; } = new(16);

    /// <summary>Ends when the first connection stands, or has failed.</summary>
    public Task FirstAttempt => _firstAttempt.Task;

    /// <summary>Keeps the link up until <paramref name="ct"/> ends.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        for (var failures = 0; !ct.IsCancellationRequested; failures++)
        {
            BeginAttempt();
            var began = _time.GetTimestamp();
            var message = await FollowOrFailAsync(ct);
            if (ct.IsCancellationRequested)
            {
                break;
            }

            if (_table.Link(Name).Reachable || failures == 0)
            {
                Lost(Name, Address, message);
            }

            _table.Disconnected(Name, message);
            TellCallers();
            failures = _time.GetElapsedTime(began) > StableAfter ? 0 : failures;
            await PauseAsync(failures, ct);
        }
    }

    /// <summary>Asks the host about itself.</summary>
    public async Task<Host> AskHostAsync(TimeSpan limit, CancellationToken ct)
    {
        var answer = await Client.GetHostAsync(new GetHostRequest(), deadline: DateTime.UtcNow + limit, cancellationToken: ct);
        return Host = answer.Host;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _channel.Dispose();
        Slots.Dispose();
    }

    private async Task<string> FollowOrFailAsync(CancellationToken ct)
    {
        var closed = _door?.Knock();
        _isClosed = closed is not null;
        if (_isClosed)
        {
            return $"host {Shown.Quote(Name)} can't be reached at {Address}: {closed}";
        }

        using var link = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var check = Task.CompletedTask;
        try
        {
            var host = await AskHostAsync(AnswerLimit, link.Token);
            if (host.Name != Name)
            {
                return $"the host at {Address} calls itself {Shown.Quote(host.Name)}, not {Shown.Quote(Name)}: correct nodes[].name, or node_name there";
            }

            await HearOfNetworksAsync(link.Token);
            check = CheckAsync(link);
            await FollowAsync(link.Token);
            return $"host {Shown.Quote(Name)} ended the connection";
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Cancelled && !ct.IsCancellationRequested)
        {
            return $"host {Shown.Quote(Name)} does not answer any more";
        }
        catch (RpcException e)
        {
            return $"host {Shown.Quote(Name)} can't be reached at {Address}: {e.Status.DebugException?.InnerException?.Message ?? e.Status.DebugException?.Message ?? e.Status.Detail}";
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            return $"host {Shown.Quote(Name)} does not answer";
        }
        catch (Exception e)
        {
            // A defect of ours must not cut the host off for good.
            Defect(e, Name);
            return $"host {Shown.Quote(Name)} could not be followed: {e.Message}";
        }
        finally
        {
            await link.CancelAsync();
            await check;
        }
    }

    private async Task FollowAsync(CancellationToken ct)
    {
        var expected = _table.PlacedOn(Name);
        using var snapshotLimit = new CancellationTokenSource(SnapshotLimit, _time);
        using var call = Client.Watch(new WatchRequest(), cancellationToken: ct);
        using var abort = snapshotLimit.Token.Register(call.Dispose);
        var snapshot = new Dictionary<string, Machine>();
        var synced = false;
        await foreach (var told in call.ResponseStream.ReadAllAsync(ct))
        {
            switch (told.Type)
            {
                case WatchEventType.Synced:
                    synced = true;
                    snapshotLimit.CancelAfter(Timeout.InfiniteTimeSpan);
                    Connect(snapshot, expected);
                    break;
                case WatchEventType.Removed when synced:
                    _table.ObserveGone(Name, told.Machine.Uid);
                    break;
                case WatchEventType.Removed:
                    snapshot.Remove(told.Machine.Uid);
                    break;
                case WatchEventType.Snapshot or WatchEventType.Changed when synced:
                    _table.Observe(Name, told.Machine);
                    break;
                case WatchEventType.Snapshot or WatchEventType.Changed:
                    snapshot[told.Machine.Uid] = told.Machine;
                    break;
                case WatchEventType.Unspecified:
                    break;
            }
        }
    }

    private void Connect(Dictionary<string, Machine> snapshot, IReadOnlySet<string> expected)
    {
        var orphans = _table.Connected(Name, snapshot, expected);
        Reached(Name, Address, snapshot.Count);
        foreach (var orphan in orphans)
        {
            Orphan(Name, orphan.Uid, orphan.Name);
        }

        TellCallers();
    }

    // A host that hangs keeps its connections. The watch may be silent for days, so it is asked now and then.
    private async Task CheckAsync(CancellationTokenSource link)
    {
        try
        {
            using var timer = new PeriodicTimer(CheckInterval, _time);
            while (await timer.WaitForNextTickAsync(link.Token))
            {
                await AskHostAsync(AnswerLimit, link.Token);
            }
        }
        catch (OperationCanceledException)
        {
        }
        catch (RpcException)
        {
            await link.CancelAsync();
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "host {Node} at {Address} is reached; it has {Machines} machines")]
    private partial void Reached(string node, string address, int machines);

    [LoggerMessage(Level = LogLevel.Warning, Message = "host {Node} at {Address} is not reached: {Reason}")]
    private partial void Lost(string node, string address, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "host {Node} could not be followed; it is tried again")]
    private partial void Defect(Exception e, string node);

    [LoggerMessage(Level = LogLevel.Warning, Message = "host {Node} has machine {Uid} ({Name}), of which there is no record: it is left alone")]
    private partial void Orphan(string node, string uid, string name);
}

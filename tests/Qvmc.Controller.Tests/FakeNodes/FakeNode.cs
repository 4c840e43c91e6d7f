using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Qvmc.Core.Faults;
using Qvmc.Hosting.Daemons;
using Qvmc.Protos.Network.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Controller.Tests.FakeNodes;

/// <summary>
/// A host that behaves as the real daemon does towards its controller, without QEMU: takes orders, moves its machines
/// towards them at once or on demand, and can be stopped and started without forgetting.
/// </summary>
internal sealed class FakeNode(string directory, string name = "local") : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, FakeMachine> _machines = [];
    private readonly List<Channel<WatchResponse>> _watchers = [];
    private readonly List<string> _calls = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebApplication? _app;

    public string Name { get; init; } = name;

    /// <summary>What it calls itself; another name than the configuration's is an error.</summary>
    public string OwnName { get; set; } = name;

    public Endpoint Endpoint { get; } = new() { Address = $"unix://{directory}/{name}.sock" };

    /// <summary>Machines go all the way as soon as they are ordered. False: a step at each <see cref="Step"/>.</summary>
    public bool Automatic { get; set; } = true;

    /// <summary>Says why an order is refused; null: it is taken.</summary>
    public Func<MachineOrder, FaultException?> Refuse { get; set; } = _ => null;

    /// <summary>Holds back the answers to orders while it is not completed.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>Its networks, the default first; null: it is of a version that can't tell.</summary>
    public IReadOnlyList<Network>? Networks { get; set; } =
        [new Network { Name = "user", IsDefault = true, Kind = NetworkKind.User, State = NetworkState.Ready, CanForward = true }];

    /// <summary>Its memory in MiB.</summary>
    public ulong MemoryMib { get; set; } = 1 << 20;

    /// <summary>What it has free for disks in MiB.</summary>
    public ulong DiskFreeMib { get; set; } = 1 << 20;

    /// <summary>It is not started with its controller.</summary>
    public bool IsDown { get; set; }

    /// <summary>It takes too long to tell of them.</summary>
    public bool IsSlowWithNetworks { get; set; }

    /// <summary>How often it was asked for them.</summary>
    public int NetworksAsked { get; set; }

    /// <summary>What was called, in order: <c>ensure web1 1/1</c> (generation, boot), <c>remove web1</c>.</summary>
    public IReadOnlyList<string> Calls
    {
        get
        {
            lock (_lock)
            {
                return [.. _calls];
            }
        }
    }

    public async Task StartAsync()
    {
        var builder = DaemonBuilder.Create("qemu", Endpoint, new Log { Level = "error" });
        builder.Services.AddSingleton(this);
        _app = builder.AddGrpcService<FakeNodeGrpc>(QemuService.Descriptor).Build();
        await _app.StartAsync();
    }

    public async Task StopAsync()
    {
        if (_app is { } app)
        {
            _app = null;
            await app.StopAsync();
            await app.DisposeAsync();
        }
    }

    public ValueTask DisposeAsync() => new(StopAsync());

    public FakeMachine? Find(string name)
    {
        lock (_lock)
        {
            return _machines.Values.SingleOrDefault(m => m.Order.Name == name);
        }
    }

    /// <summary>Ends when <paramref name="condition"/> holds; looked at after each change.</summary>
    public async Task UntilAsync(Func<FakeNode, bool> condition)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                changed = _changed.Task;
            }

            if (condition(this))
            {
                return;
            }

            await changed.WaitAsync(Limits.Test);
        }
    }

    /// <summary>Moves a machine on, or does something to it, and tells.</summary>
    public void Change(string name, Action<FakeMachine> change)
    {
        lock (_lock)
        {
            var machine = _machines.Values.Single(m => m.Order.Name == name);
            change(machine);
            Tell(WatchEventType.Changed, machine);
        }
    }

    /// <summary>One step of a machine towards its order.</summary>
    public void Step(string name) => Change(name, m => m.Step());

    /// <summary>The machine's guest answers.</summary>
    public void BecomeReady(string name) => Change(name, m => m.BecomeReady());

    /// <summary>Puts a machine here that no controller ordered, or takes one away that one did.</summary>
    public void Meddle(Action<Dictionary<string, FakeMachine>> change)
    {
        lock (_lock)
        {
            change(_machines);
            Signal();
        }
    }

    internal async Task<Machine> EnsureAsync(MachineOrder order)
    {
        await Gate;
        lock (_lock)
        {
            _calls.Add($"ensure {order.Name} {order.Generation}/{order.Boot}");
            Signal();
            if (Refuse(order) is { } refusal)
            {
                throw refusal;
            }

            if (!_machines.TryGetValue(order.Uid, out var machine))
            {
                _machines[order.Uid] = machine = new FakeMachine(order);
            }
            else if (order.Generation < machine.Order.Generation)
            {
                throw new FaultException(FaultCode.Stale, $"generation {machine.Order.Generation} was ordered already");
            }

            machine.Take(order);
            Tell(WatchEventType.Changed, machine);
            while (Automatic && machine.Step())
            {
                Tell(WatchEventType.Changed, machine);
            }

            return machine.Describe();
        }
    }

    internal async Task RemoveAsync(RemoveRequest request)
    {
        await Gate;
        lock (_lock)
        {
            _calls.Add($"remove {_machines.GetValueOrDefault(request.Uid)?.Order.Name}");
            Signal();
            if (!_machines.TryGetValue(request.Uid, out var machine))
            {
                return;
            }

            if (machine.HasProcess && !request.Force)
            {
                throw new FaultException(FaultCode.FailedPrecondition, $"machine {machine.Order.Name} is running");
            }

            _machines.Remove(request.Uid);
            Tell(WatchEventType.Removed, machine);
        }
    }

    internal ChannelReader<WatchResponse> Watch()
    {
        lock (_lock)
        {
            var channel = Channel.CreateUnbounded<WatchResponse>();
            foreach (var machine in _machines.Values)
            {
                channel.Writer.TryWrite(new WatchResponse { Type = WatchEventType.Snapshot, Machine = machine.Describe() });
            }

            channel.Writer.TryWrite(new WatchResponse { Type = WatchEventType.Synced });
            _watchers.Add(channel);
            return channel.Reader;
        }
    }

    private void Tell(WatchEventType type, FakeMachine machine)
    {
        foreach (var watcher in _watchers)
        {
            watcher.Writer.TryWrite(new WatchResponse { Type = type, Machine = machine.Describe() });
        }

        Signal();
    }

    private void Signal()
    {
        _changed.SetResult();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

using System.Runtime.CompilerServices;
using Qvmc.Protos.Qemu.V1;

namespace Qvmc.Qemu.Machines;

/// <summary>
/// Tells watchers of every machine's latest. A watcher that falls behind holds at most one entry per machine, however
/// long it sleeps: it misses steps between, never the outcome.
/// </summary>
public sealed class MachineFeed
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Machine> _machines = [];
    private readonly HashSet<Subscription> _subscriptions = [];

    /// <summary>Every machine's latest.</summary>
    public IReadOnlyList<Machine> Machines
    {
        get
        {
            lock (_gate)
            {
                return [.. _machines.Values];
            }
        }
    }

    /// <summary>That machine's latest, or null.</summary>
    public Machine? Find(string uid)
    {
        lock (_gate)
        {
            return _machines.GetValueOrDefault(uid);
        }
    }

    /// <summary>Tells of a machine. The message must not be changed afterwards.</summary>
    public void Publish(Machine machine)
    {
        lock (_gate)
        {
            _machines[machine.Uid] = machine;
            Tell(machine.Uid, new WatchResponse { Type = WatchEventType.Changed, Machine = machine });
        }
    }

    /// <summary>Tells that a machine is gone.</summary>
    public void PublishRemoved(string uid)
    {
        lock (_gate)
        {
            if (_machines.Remove(uid, out var last))
            {
                Tell(uid, new WatchResponse { Type = WatchEventType.Removed, Machine = last });
            }
        }
    }

    /// <summary>Every machine, SYNCED, then changes without end.</summary>
    public async IAsyncEnumerable<WatchResponse> WatchAsync([EnumeratorCancellation] CancellationToken ct)
    {
        var subscription = new Subscription();
        List<Machine> snapshot;
        lock (_gate)
        {
            snapshot = [.. _machines.Values];
            _subscriptions.Add(subscription);
        }

        try
        {
            foreach (var machine in snapshot)
            {
                yield return new WatchResponse { Type = WatchEventType.Snapshot, Machine = machine };
            }

            yield return new WatchResponse { Type = WatchEventType.Synced };
            while (true)
            {
                await subscription.Signal.WaitAsync(ct);
                foreach (var change in Take(subscription))
                {
                    yield return change;
                }
            }
        }
        finally
        {
            lock (_gate)
            {
                _subscriptions.Remove(subscription);
            }
        }
    }

    private List<WatchResponse> Take(Subscription subscription)
    {
        lock (_gate)
        {
            List<WatchResponse> changes = [.. subscription.Pending.Values];
            subscription.Pending.Clear();
            return changes;
        }
    }

    private void Tell(string uid, WatchResponse change)
    {
        foreach (var subscription in _subscriptions)
        {
            // Taken out first, so that the entry moves to the end: order across machines is the order of news.
            subscription.Pending.Remove(uid);
            subscription.Pending.Add(uid, change);
            if (subscription.Signal.CurrentCount == 0)
            {
                subscription.Signal.Release();
            }
        }
    }

    private sealed class Subscription
    {
        internal OrderedDictionary<string, WatchResponse> Pending { get; } = [];

        internal SemaphoreSlim Signal { get; } = new(0);
    }
}

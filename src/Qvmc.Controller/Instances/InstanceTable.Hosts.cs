using System.Collections.Concurrent;
using Qvmc.Core.Instances;
using Qvmc.Core.Networks;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Instances;

/// <summary>What the hosts say.</summary>
internal sealed partial class InstanceTable
{
    private readonly Dictionary<string, HostLink> _links = [];

    // Sums and indexes: to ask costs the same however many instances there are.
    private readonly Dictionary<string, HostMemory> _memory = [];
    private readonly ConcurrentDictionary<string, HoldingIndex> _holdings = new(StringComparer.Ordinal);

    /// <summary>Whether a host can be reached, and why not.</summary>
    public HostLink Link(string node)
    {
        lock (_lock)
        {
            return LinkOf(node);
        }
    }

    /// <summary>The identities that a host has confirmed: what a snapshot that is asked for now must hold.</summary>
    public IReadOnlySet<string> PlacedOn(string node) =>
        _states.Values.Where(s => s.Record.Node == node && s.Placed && !s.Removed).Select(s => s.Uid).ToHashSet();

    /// <summary>A host can be reached, and these are all its machines.</summary>
    /// <param name="node">The host.</param>
    /// <param name="machines">Its machines by identity.</param>
    /// <param name="expected">What it had confirmed before it was asked: one that is missing is lost.</param>
    /// <returns>Machines without a record, which are left alone.</returns>
    public IReadOnlyList<Machine> Connected(string node, IReadOnlyDictionary<string, Machine> machines, IReadOnlySet<string> expected)
    {
        lock (_lock)
        {
            var link = new HostLink(true, "", Now);
            _links[node] = link;
            foreach (var state in _states.Values.Where(s => s.Record.Node == node))
            {
                var machine = machines.GetValueOrDefault(state.Uid);
                var lost = machine is null && expected.Contains(state.Uid) && state.Record.Instance.DeleteTime is null;
                Set(state, state with { Seen = state.Seen with { Machine = machine, Host = link, Lost = lost } });
            }

            return [.. machines.Values.Where(m => StateOf(node, m.Uid) is null)];
        }
    }

    /// <summary>A host can't be reached.</summary>
    public void Disconnected(string node, string message)
    {
        lock (_lock)
        {
            var before = LinkOf(node);
            if (!before.Reachable && before.Message == message)
            {
                return;
            }

            var link = new HostLink(false, message, before.Reachable ? Now : before.Since);
            _links[node] = link;
            foreach (var state in _states.Values.Where(s => s.Record.Node == node))
            {
                Set(state, state with { Seen = state.Seen with { Host = link } });
            }
        }
    }

    /// <summary>A host says how a machine is now.</summary>
    public void Observe(string node, Machine machine)
    {
        lock (_lock)
        {
            if (StateOf(node, machine.Uid) is { } state)
            {
                Set(state, state with { Seen = state.Seen with { Machine = machine, Lost = false } });
            }
        }
    }

    /// <summary>A host says that a machine is gone: by our wish, or it is lost.</summary>
    public void ObserveGone(string node, string uid)
    {
        lock (_lock)
        {
            if (StateOf(node, uid) is { } state)
            {
                Set(state, state with { Seen = state.Seen with { Machine = null, Lost = state.Placed && state.Record.Instance.DeleteTime is null } });
            }
        }
    }

    /// <summary>The memory of the instances of a host.</summary>
    public HostMemory Memory(string node)
    {
        lock (_lock)
        {
            return _memory.GetValueOrDefault(node);
        }
    }

    /// <summary>Who of the instances of a host holds what.</summary>
    public HoldingIndex Holdings(string node) => _holdings.GetOrAdd(node, static _ => new HoldingIndex());

    // The caller holds the lock.
    private void Count(InstanceState? before, InstanceState? after)
    {
        if (!ReferenceEquals(before?.Record, after?.Record))
        {
            CountMemory(before?.Record, after?.Record);
        }
        else if (ReferenceEquals(before?.Seen.Machine, after?.Seen.Machine))
        {
            return;
        }

        if (before is not null && before.Record.Node != after?.Record.Node)
        {
            Holdings(before.Record.Node).Remove(before.Uid);
        }

        if (after is not null)
        {
            Holdings(after.Record.Node).Set(after.Record, after.Seen.Machine);
        }
    }

    private void CountMemory(InstanceRecord? before, InstanceRecord? after)
    {
        if (before is not null)
        {
            _memory[before.Node] = _memory.GetValueOrDefault(before.Node) - HostMemory.Of(before);
        }

        if (after is not null)
        {
            _memory[after.Node] = _memory.GetValueOrDefault(after.Node) + HostMemory.Of(after);
        }
    }

    private HostLink LinkOf(string node) => _links.TryGetValue(node, out var link)
        ? link
        : new HostLink(false, $"host {Shown.Quote(node)} is not in the controller's configuration", Now);

    private InstanceState? StateOf(string node, string uid) =>
        _nameByUid.TryGetValue(uid, out var name) && Find(name) is { } state && state.Record.Node == node ? state : null;
}

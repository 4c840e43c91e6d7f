using System.Collections.Immutable;
using Google.Protobuf.WellKnownTypes;
using Qvmc.Controller.Watch;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Instances;

/// <summary>
/// Every instance there is: its record as stored, and what its host says. The only owner of both; whatever changes is
/// composed into the users' view here and told to the journal in the same order. Readers see immutable states and
/// never wait. Nothing here is truth: the store and the hosts can fill it again at any time.
/// </summary>
internal sealed partial class InstanceTable(EventJournal journal, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, string> _nameByUid = [];
    private volatile ImmutableSortedDictionary<string, InstanceState> _states =
        ImmutableSortedDictionary.Create<string, InstanceState>(StringComparer.Ordinal);

    /// <summary>Told of every state that is new or has changed, and of names that are gone (null); must return at once.</summary>
    public event Action<string, InstanceState?>? Changed;

    /// <summary>Every instance by name, as they all were at one moment.</summary>
    public ImmutableSortedDictionary<string, InstanceState> All => _states;

    /// <summary>An instance, or null.</summary>
    public InstanceState? Find(string name) => _states.GetValueOrDefault(name);

    /// <summary>An instance, or NOT_FOUND.</summary>
    public InstanceState Get(string name) => Find(name) ?? throw Missing(name);

    public static FaultException Missing(string name) =>
        new(FaultCode.NotFound, $"there is no instance {Shown.Quote(name)}");

    /// <summary>Every instance, and a subscription to all that comes after: nothing between them is missed.</summary>
    public (IReadOnlyCollection<InstanceState> States, JournalSubscription Live) Follow()
    {
        lock (_lock)
        {
            return ([.. _states.Values], journal.Subscribe());
        }
    }

    /// <summary>Takes a record as the store now has it. One that is older than what is known is passed over.</summary>
    public InstanceState Put(InstanceRecord record, long revision, bool placed = false)
    {
        lock (_lock)
        {
            var known = Find(record.Instance.Name);
            if (known is not null && known.Uid == record.Instance.Uid)
            {
                return known.Revision >= revision ? known : Set(known, known with
                {
                    Record = record,
                    Revision = revision,
                    Seen = known.Seen with { Trouble = null, Image = WaitOf(record) },
                });
            }

            _nameByUid[record.Instance.Uid] = record.Instance.Name;
            return Set(null, InstanceState.Of(record, revision, new Observation(null, LinkOf(record.Node), Image: WaitOf(record), Networks: _networks.GetValueOrDefault(record.Node)), placed));
        }
    }

    /// <summary>Takes out an instance whose record was deleted.</summary>
    public void Remove(string name, string uid)
    {
        lock (_lock)
        {
            if (Find(name) is { } known && known.Uid == uid)
            {
                _nameByUid.Remove(uid);
                _states = _states.Remove(name);
                Count(known, null);
                journal.Publish(Protos.Controller.V1.WatchEventType.Deleted, known.View, known.View);
                Changed?.Invoke(name, null);
            }
        }
    }

    /// <summary>The host has confirmed the machine once.</summary>
    public void MarkPlaced(string name, string uid) => Change(name, uid, state => state with { Placed = true });

    /// <summary>The host has answered that the machine is gone.</summary>
    public void MarkRemoved(string name, string uid) => Change(name, uid, state => state with { Removed = true });

    /// <summary>Why the order of a generation has not reached the host; null when it has.</summary>
    public void SetTrouble(string name, string uid, OrderTrouble? trouble) => Change(name, uid, state =>
        trouble is null || trouble.Generation == state.Generation ? state with { Seen = state.Seen with { Trouble = trouble } } : state);

    private Timestamp Now => time.GetUtcNow().ToTimestamp();

    private void Change(string name, string uid, Func<InstanceState, InstanceState> change)
    {
        lock (_lock)
        {
            if (Find(name) is { } known && known.Uid == uid)
            {
                Set(known, change(known));
            }
        }
    }

    // The caller holds the lock.
    private InstanceState Set(InstanceState? before, InstanceState after)
    {
        if (before == after)
        {
            return after;
        }

        var state = after.WithView();
        _states = _states.SetItem(state.Name, state);
        Count(before, state);
        if (before is null || !before.View.Equals(state.View))
        {
            journal.Publish(Protos.Controller.V1.WatchEventType.Changed, state.View, before?.View);
        }

        Changed?.Invoke(state.Name, state);
        return state;
    }
}

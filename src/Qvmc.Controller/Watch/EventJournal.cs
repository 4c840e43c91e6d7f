using System.Globalization;
using System.Security.Cryptography;
using Google.Protobuf.WellKnownTypes;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Controller.Watch;

/// <summary>
/// The latest changes in order, and those who follow them. A resume token is <c>EPOCH-SEQUENCE</c>: the epoch is drawn
/// when the process starts, for what happened before it is not kept.
/// </summary>
/// <remarks>
/// There is one ring of events, and a follower is a place in it: so none holds memory of its own, and whoever publishes does
/// the same little work however many there are. Whoever is more than the ring behind has missed something and is told so.
/// </remarks>
/// <param name="time">The clock.</param>
/// <param name="capacity">How many events are kept, for resuming and for followers that are behind.</param>
internal sealed class EventJournal(TimeProvider time, int capacity = 8192)
{
    private readonly Lock _lock = new();
    private readonly InstanceEvent?[] _ring = new InstanceEvent?[capacity];
    private readonly Dictionary<string, HashSet<InstancePulse>> _pulses = new(StringComparer.Ordinal);
    private readonly string _epoch = RandomNumberGenerator.GetHexString(8, lowercase: true);
    private TaskCompletionSource _news = NewNews();
    private bool _isWaking;
    private long _sequence;

    /// <summary>How many events are kept.</summary>
    public int Capacity => capacity;

    /// <summary>The sequence of the latest event.</summary>
    public long Latest => Volatile.Read(ref _sequence);

    /// <summary>The token that resumes after an event.</summary>
    public string Token(long sequence) => string.Create(CultureInfo.InvariantCulture, $"{_epoch}-{sequence}");

    /// <summary>Adds an event. Followers read it by themselves; only those of this very instance are woken here.</summary>
    public void Publish(WatchEventType type, Instance instance, Instance? before)
    {
        lock (_lock)
        {
            var happened = new InstanceEvent(_sequence + 1, type, instance, before, time.GetUtcNow().ToTimestamp());
            Volatile.Write(ref _ring[happened.Sequence % capacity], happened);
            Volatile.Write(ref _sequence, happened.Sequence);
            if (_pulses.TryGetValue(instance.Name, out var pulses))
            {
                foreach (var pulse in pulses)
                {
                    pulse.Beat();
                }
            }

            if (!_isWaking)
            {
                _isWaking = true;
                ThreadPool.UnsafeQueueUserWorkItem(static journal => journal.Wake(), this, preferLocal: false);
            }
        }
    }

    /// <summary>Follows all that comes from now on.</summary>
    public JournalSubscription Subscribe()
    {
        lock (_lock)
        {
            return new JournalSubscription(this, _sequence);
        }
    }

    /// <summary>Is woken by each change of one instance.</summary>
    public InstancePulse Follow(string name)
    {
        lock (_lock)
        {
            var pulse = new InstancePulse(name, Drop);
            if (!_pulses.TryGetValue(name, out var pulses))
            {
                _pulses[name] = pulses = [];
            }

            pulses.Add(pulse);
            return pulse;
        }
    }

    /// <summary>Follows all that came after a token; null, with the reason, when that can't be continued.</summary>
    public JournalSubscription? Resume(string token, out string reason)
    {
        lock (_lock)
        {
            reason = "";
            var parts = token.Split('-');
            if (parts.Length != 2 || !long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var after))
            {
                reason = "this is no resume token";
            }
            else if (parts[0] != _epoch || after > _sequence)
            {
                reason = "the controller has started since: what happened before is not kept";
            }
            else if (after < _sequence - capacity)
            {
                reason = Missed(after);
            }
            else
            {
                return new JournalSubscription(this, after);
            }

            return null;
        }
    }

    /// <summary>What to tell whoever was at <paramref name="sequence"/> and is too late for the next.</summary>
    internal string Missed(long sequence) => string.Create(
        CultureInfo.InvariantCulture, $"{Latest - sequence} changes came since the last that was taken, and {capacity} are kept");

    /// <summary>The event after a sequence; null: there is none yet. False: it is not kept any more.</summary>
    internal bool TryNext(long sequence, out InstanceEvent? next)
    {
        next = Volatile.Read(ref _ring[(sequence + 1) % capacity]);
        if (next is not null && next.Sequence <= sequence)
        {
            next = null;
        }

        return next is null || next.Sequence == sequence + 1;
    }

    /// <summary>Ends when something happens. To be asked for before one looks whether something has.</summary>
    internal Task News => Volatile.Read(ref _news).Task;

    // On a thread of its own, for there may be thousands. What was published before the swap, they find; what comes after
    // it wakes again.
    private void Wake()
    {
        TaskCompletionSource news;
        lock (_lock)
        {
            _isWaking = false;
            news = _news;
            Volatile.Write(ref _news, NewNews());
        }

        news.SetResult();
    }

    private void Drop(InstancePulse pulse)
    {
        lock (_lock)
        {
            if (_pulses.TryGetValue(pulse.Name, out var pulses) && pulses.Remove(pulse) && pulses.Count == 0)
            {
                _pulses.Remove(pulse.Name);
            }
        }
    }

    private static TaskCompletionSource NewNews() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

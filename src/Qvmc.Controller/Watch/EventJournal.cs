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
/// <param name="time">The clock.</param>
/// <param name="capacity">How many events are kept for resuming.</param>
/// <param name="queue">How many events one follower may be behind.</param>
internal sealed class EventJournal(TimeProvider time, int capacity = 8192, int queue = 1024)
{
    private readonly Lock _lock = new();
    private readonly Queue<InstanceEvent> _kept = new();
    private readonly HashSet<JournalSubscription> _subscriptions = [];
    private readonly string _epoch = RandomNumberGenerator.GetHexString(8, lowercase: true);
    private long _sequence;

    /// <summary>The token that resumes after an event.</summary>
    public string Token(long sequence) => string.Create(CultureInfo.InvariantCulture, $"{_epoch}-{sequence}");

    /// <summary>Adds an event and hands it to every follower. One whose queue is full is cut off.</summary>
    public void Publish(WatchEventType type, Instance instance, Instance? before)
    {
        lock (_lock)
        {
            var happened = new InstanceEvent(++_sequence, type, instance, before, time.GetUtcNow().ToTimestamp());
            _kept.Enqueue(happened);
            if (_kept.Count > capacity)
            {
                _kept.Dequeue();
            }

            _subscriptions.RemoveWhere(s => !s.Offer(happened));
        }
    }

    /// <summary>Follows all that comes from now on.</summary>
    /// <param name="only">Of this instance alone; null: of all.</param>
    public JournalSubscription Subscribe(string? only = null)
    {
        lock (_lock)
        {
            return Add([], only);
        }
    }

    /// <summary>Follows all that came after a token; null when the token is another epoch's or too old.</summary>
    public JournalSubscription? Resume(string token)
    {
        lock (_lock)
        {
            var parts = token.Split('-');
            if (parts.Length != 2 || parts[0] != _epoch
                || !long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var after)
                || after > _sequence || after < _sequence - _kept.Count)
            {
                return null;
            }

            return Add([.. _kept.Where(e => e.Sequence > after)], null);
        }
    }

    private JournalSubscription Add(IReadOnlyList<InstanceEvent> backlog, string? only)
    {
        var subscription = new JournalSubscription(_sequence, backlog, only, queue, Drop);
        _subscriptions.Add(subscription);
        return subscription;
    }

    private void Drop(JournalSubscription subscription)
    {
        lock (_lock)
        {
            _subscriptions.Remove(subscription);
        }
    }
}

using System.Collections.Immutable;

namespace Qvmc.Store.Sqlite;

/// <summary>
/// All that is in the store at one revision, with the latest changes. Never changes; a commit makes the next one.
/// Readers and watchers take whichever is current and need no lock.
/// </summary>
internal sealed class StoreState
{
    // What watchers that keep up are served from; others read the journal on disk.
    internal const int MaxTail = 1_000;
    private const long MaxTailBytes = 16L << 20;

    private static readonly ImmutableSortedSet<StoreEntry> NoEntries =
        ImmutableSortedSet.Create<StoreEntry>(Comparer<StoreEntry>.Create((a, b) => string.CompareOrdinal(a.Key, b.Key)));

    private readonly ImmutableSortedSet<StoreEntry> _entries;
    private readonly ImmutableList<StoreChange> _tail;
    private readonly long _tailBytes;
    private readonly int _tailLimit;
    private readonly TaskCompletionSource _superseded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private StoreState(ImmutableSortedSet<StoreEntry> entries, long revision, long sum, ImmutableList<StoreChange> tail, long tailBytes, int tailLimit)
    {
        _entries = entries;
        Revision = revision;
        Sum = sum;
        _tail = tail;
        _tailBytes = tailBytes;
        _tailLimit = tailLimit;
    }

    internal long Revision { get; }

    /// <summary>The checksum of all entries together.</summary>
    internal long Sum { get; }

    /// <summary>Completes when this state is no longer the current one.</summary>
    internal Task Superseded => _superseded.Task;

    internal static StoreState Load(IReadOnlyCollection<StoreEntry> entries, long revision, int journalLength) =>
        new(NoEntries.Union(entries), revision, RowSum.OfAll(entries), [], 0, Math.Min(MaxTail, journalLength));

    internal StoreEntry? Find(string key) =>
        _entries.TryGetValue(Probe(key), out var entry) ? entry : null;

    internal StoreSnapshot List(string prefix)
    {
        var found = new List<StoreEntry>();
        var first = _entries.IndexOf(Probe(prefix));
        for (var i = first < 0 ? ~first : first; i < _entries.Count; i++)
        {
            var entry = _entries[i];
            if (!entry.Key.StartsWith(prefix, StringComparison.Ordinal))
            {
                break;
            }

            found.Add(entry);
        }

        return new StoreSnapshot(found, Revision);
    }

    /// <summary>The state after one more write.</summary>
    internal StoreState With(StoreChange change)
    {
        var entries = _entries;
        var sum = Sum;
        if (Find(change.Key) is { } before)
        {
            entries = entries.Remove(before);
            sum = RowSum.Without(sum, before);
        }

        if (change.Value is { } value)
        {
            var entry = new StoreEntry(change.Key, value, change.Revision);
            entries = entries.Add(entry);
            sum = RowSum.With(sum, entry);
        }

        var tail = _tail.Add(change);
        var bytes = _tailBytes + Size(change);
        while (tail.Count > _tailLimit || (bytes > MaxTailBytes && tail.Count > 1))
        {
            bytes -= Size(tail[0]);
            tail = tail.RemoveAt(0);
        }

        return new StoreState(entries, change.Revision, sum, tail, bytes, _tailLimit);
    }

    /// <summary>The changes after a revision, or null when they are only on disk.</summary>
    internal IEnumerable<StoreChange>? ChangesAfter(long revision) =>
        // Revisions have no holes, so the position follows from the first one.
        _tail.Count > 0 && revision + 1 >= _tail[0].Revision ? _tail.Skip((int)(revision + 1 - _tail[0].Revision)) : null;

    internal void Supersede() => _superseded.TrySetResult();

    private static StoreEntry Probe(string key) => new(key, default, 0);

    private static long Size(StoreChange change) => change.Key.Length + (change.Value?.Length ?? 0);
}

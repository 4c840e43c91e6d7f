namespace Qvmc.Store;

/// <summary>
/// Keys and values under revisions: etcd's shape. One revision counter for the whole store, raised by one with
/// every write; a write is durable when its call returns.
/// </summary>
public interface IStore : IAsyncDisposable
{
    /// <summary>The revision of the latest write; 0 when there was none.</summary>
    long Revision { get; }

    /// <summary>The value under <paramref name="key"/>, or null.</summary>
    ValueTask<StoreEntry?> GetAsync(string key, CancellationToken ct);

    /// <summary>
    /// Every entry whose key begins with <paramref name="prefix"/>, by key in ordinal order, and the revision at
    /// which all of that held at once.
    /// </summary>
    ValueTask<StoreSnapshot> ListAsync(string prefix, CancellationToken ct);

    /// <summary>
    /// Writes <paramref name="value"/> if the key's revision is <paramref name="expectedRevision"/> (0: the key does
    /// not exist). Returns the entry, or null when the revision was another.
    /// </summary>
    ValueTask<StoreEntry?> PutAsync(string key, ReadOnlyMemory<byte> value, long expectedRevision, CancellationToken ct);

    /// <summary>Deletes the key if its revision is <paramref name="expectedRevision"/>; returns whether it did.</summary>
    ValueTask<bool> DeleteAsync(string key, long expectedRevision, CancellationToken ct);

    /// <summary>
    /// Every write under <paramref name="prefix"/> after <paramref name="afterRevision"/>, in order, without end.
    /// Throws <see cref="RevisionCompactedException"/> when writes after that revision are no longer kept.
    /// </summary>
    IAsyncEnumerable<StoreChange> WatchAsync(string prefix, long afterRevision, CancellationToken ct);
}

/// <summary>A key, its value and the revision of the write that made it so.</summary>
public sealed record StoreEntry(string Key, ReadOnlyMemory<byte> Value, long Revision);

/// <summary>Entries, and the revision at which they all held.</summary>
public sealed record StoreSnapshot(IReadOnlyList<StoreEntry> Entries, long Revision);

/// <summary>A write. <paramref name="Value"/> is null when the key was deleted.</summary>
public sealed record StoreChange(string Key, ReadOnlyMemory<byte>? Value, long Revision);

/// <summary>The changes asked for are no longer kept: list again, and watch from there.</summary>
public sealed class RevisionCompactedException(long asked, long oldest)
    : Exception($"changes after revision {asked} are no longer kept (the oldest kept is {oldest})");

using Qvmc.Core.Faults;

namespace Qvmc.Store;

/// <summary>
/// Keys and values under revisions: etcd's shape. One revision counter for the whole store, raised by one with
/// every write; a write is durable when its call returns.
/// </summary>
/// <remarks>
/// Any number of callers at once. Keys and values are held to <see cref="StoreLimits"/>; one outside them is
/// <see cref="FaultCode.InvalidArgument"/>. A write that could not be made durable throws a
/// <see cref="FaultException"/> and did not happen: <see cref="FaultCode.ResourceExhausted"/> when there is no room,
/// else <see cref="FaultCode.Unavailable"/>. After disposal every call is <see cref="FaultCode.Unavailable"/>.
/// </remarks>
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
    /// <remarks>Cancellation takes a write back only while it waits its turn; one that has begun is seen through.</remarks>
    ValueTask<StoreEntry?> PutAsync(string key, ReadOnlyMemory<byte> value, long expectedRevision, CancellationToken ct);

    /// <summary>
    /// Deletes the key if its revision is <paramref name="expectedRevision"/>; returns whether it did. A key that does
    /// not exist can't be deleted: false for every expected revision.
    /// </summary>
    ValueTask<bool> DeleteAsync(string key, long expectedRevision, CancellationToken ct);

    /// <summary>
    /// Every write under <paramref name="prefix"/> after <paramref name="afterRevision"/>, in order, without end.
    /// Throws <see cref="RevisionCompactedException"/> when writes after that revision are no longer kept, at the
    /// beginning or because the reader fell behind, and when the store has not come that far (it was put back from
    /// a backup): what the reader knows can't be continued.
    /// </summary>
    IAsyncEnumerable<StoreChange> WatchAsync(string prefix, long afterRevision, CancellationToken ct);
}

using Qvmc.Store;

namespace Qvmc.Controller.Tests;

/// <summary>A real store whose writes wait, or fail, as a test says.</summary>
internal sealed class HeldStore(IStore store) : IStore
{
    /// <summary>What a write waits for before it is made; it may fail in the write's stead.</summary>
    public Func<string, Task> BeforePut { get; set; } = _ => Task.CompletedTask;

    public long Revision => store.Revision;

    public ValueTask<StoreEntry?> GetAsync(string key, CancellationToken ct) => store.GetAsync(key, ct);

    public ValueTask<StoreSnapshot> ListAsync(string prefix, CancellationToken ct) => store.ListAsync(prefix, ct);

    public async ValueTask<StoreEntry?> PutAsync(string key, ReadOnlyMemory<byte> value, long expectedRevision, CancellationToken ct)
    {
        await BeforePut(key);
        return await store.PutAsync(key, value, expectedRevision, ct);
    }

    public ValueTask<bool> DeleteAsync(string key, long expectedRevision, CancellationToken ct) => store.DeleteAsync(key, expectedRevision, ct);

    public IAsyncEnumerable<StoreChange> WatchAsync(string prefix, long afterRevision, CancellationToken ct) => store.WatchAsync(prefix, afterRevision, ct);

    public ValueTask DisposeAsync() => store.DisposeAsync();
}

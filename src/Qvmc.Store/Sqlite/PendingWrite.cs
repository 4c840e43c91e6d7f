namespace Qvmc.Store.Sqlite;

/// <summary>A write that waits for its turn, and whoever waits for its outcome.</summary>
internal sealed class PendingWrite(string key, byte[]? value, long expectedRevision)
{
    private readonly TaskCompletionSource<StoreChange?> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _taken;

    internal string Key { get; } = key;

    /// <summary>Null: delete.</summary>
    internal byte[]? Value { get; } = value;

    internal long ExpectedRevision { get; } = expectedRevision;

    /// <summary>The change it made; null when the key's revision was not the expected one.</summary>
    internal Task<StoreChange?> Outcome => _outcome.Task;

    /// <summary>Whoever calls this first, the writer or the canceller, decides whether it is carried out.</summary>
    internal bool TryTake() => Interlocked.Exchange(ref _taken, 1) == 0;

    internal void Cancel(CancellationToken ct)
    {
        if (TryTake())
        {
            _outcome.TrySetCanceled(ct);
        }
    }

    internal void Complete(StoreChange? change) => _outcome.TrySetResult(change);

    internal void Fail(Exception e) => _outcome.TrySetException(e);

    /// <summary>What it does to <paramref name="state"/>; null when it expects another revision of its key.</summary>
    internal StoreChange? Judge(StoreState state)
    {
        var actual = state.Find(Key)?.Revision ?? 0;
        if (actual != ExpectedRevision || (Value is null && actual == 0))
        {
            return null;
        }

        // default(...?) and not null, which would convert to an array and then to an empty memory.
        return new StoreChange(Key, Value is null ? default(ReadOnlyMemory<byte>?) : Value, state.Revision + 1);
    }
}

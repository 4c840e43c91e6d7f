namespace Qvmc.Images.Fetching;

/// <summary>Cancels when something that was begun does not end within a limit; or when its owner gives up.</summary>
internal sealed class ReplyWatch : IDisposable
{
    private readonly CancellationTokenSource _stall;
    private readonly CancellationTokenSource _either;

    internal ReplyWatch(TimeSpan limit, TimeProvider time, CancellationToken ct)
    {
        Limit = limit;
        _stall = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(ct, _stall.Token);
    }

    internal TimeSpan Limit { get; }

    /// <summary>The limit is over.</summary>
    internal bool Over => _stall.IsCancellationRequested;

    internal CancellationToken Token => _either.Token;

    internal void Begin() => _stall.CancelAfter(Limit);

    internal void End() => _stall.CancelAfter(Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _either.Dispose();
        _stall.Dispose();
    }
}

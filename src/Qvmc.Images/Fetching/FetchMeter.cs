namespace Qvmc.Images.Fetching;

/// <summary>
/// Tells how far a fetch is: at most about twice a second, but always the last of it; and what is in the way at once.
/// Tells nothing after its disposal.
/// </summary>
internal sealed class FetchMeter : IProgress<IntakeProgress>, IDisposable
{
    internal static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly IProgress<FetchProgress> _progress;
    private readonly ITimer _pause;
    private readonly Lock _gate = new();
    private FetchProgress _last = new(FetchPhase.Downloading, 0, null, "");
    private bool _isTold = true;
    private bool _isPausing;
    private bool _ended;

    internal FetchMeter(IProgress<FetchProgress> progress, TimeProvider time)
    {
        _progress = progress;
        _pause = time.CreateTimer(_ => AfterPause(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Bytes have come.</summary>
    internal void Bytes(long done, long? total) => Tell(_ => new FetchProgress(FetchPhase.Downloading, done, total, ""));

    /// <summary>Something is in the way; empty: no more.</summary>
    internal void Trouble(string trouble) => Tell(last => last with { Trouble = trouble });

    /// <summary>All bytes are here. Told before anything is made of them.</summary>
    internal void Preparing(long? total) => Tell(_ => new FetchProgress(FetchPhase.Preparing, 0, total, ""));

    /// <summary>How far the image is that is made of the bytes. While they still come, they are what counts.</summary>
    public void Report(IntakeProgress value) =>
        Tell(last => last.Phase == FetchPhase.Preparing ? new FetchProgress(FetchPhase.Preparing, value.DoneBytes, value.TotalBytes, "") : last);

    public void Dispose()
    {
        lock (_gate)
        {
            _ended = true;
        }

        _pause.Dispose();
    }

    private void Tell(Func<FetchProgress, FetchProgress> change)
    {
        lock (_gate)
        {
            var before = _last;
            _last = change(before);
            _isTold &= _last == before;
            if (!_isPausing || _last.Phase != before.Phase || _last.Trouble != before.Trouble)
            {
                TellNow();
            }
        }
    }

    private void AfterPause()
    {
        lock (_gate)
        {
            _isPausing = false;
            TellNow();
        }
    }

    // The caller holds the gate.
    private void TellNow()
    {
        if (_isTold || _ended)
        {
            return;
        }

        _isTold = true;
        _isPausing = true;
        _progress.Report(_last);
        _pause.Change(Interval, Timeout.InfiniteTimeSpan);
    }
}

namespace Qvmc.Images.Tools;

/// <summary>
/// A limit on how long a program may get nowhere, however long all of its work takes. Time in which it waits for others
/// does not count.
/// </summary>
internal sealed class StallWatch : IDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _source;
    private readonly TimeSpan _limit;
    private int _waits;

    internal StallWatch(TimeSpan limit, TimeProvider time) => (_limit, _source) = (limit, new CancellationTokenSource(limit, time));

    /// <summary>Cancelled when it stalled.</summary>
    internal CancellationToken Stalled => _source.Token;

    /// <summary>It got on.</summary>
    internal void Moved() => Change(0);

    /// <summary>The clock stands until the result is disposed of: it waits for somebody else.</summary>
    internal Pause Elsewhere()
    {
        Change(+1);
        return new Pause(this);
    }

    private void Change(int by)
    {
        lock (_gate)
        {
            _waits += by;
            _source.CancelAfter(_waits > 0 ? Timeout.InfiniteTimeSpan : _limit);
        }
    }

    public void Dispose() => _source.Dispose();

    /// <summary>One reason why the clock stands.</summary>
    internal readonly struct Pause(StallWatch watch) : IDisposable
    {
        public void Dispose() => watch.Change(-1);
    }
}

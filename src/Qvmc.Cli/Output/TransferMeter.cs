namespace Qvmc.Cli.Output;

/// <summary>How fast bytes move, over the last seconds: what was an hour ago says nothing of the time that is left.</summary>
internal sealed class TransferMeter(TimeProvider clock)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    // Less says more of the buffers between than of the line.
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(1);

    private readonly Queue<(long Time, ulong Done)> _samples = new();

    /// <summary>Bytes in a second; null while that is not known.</summary>
    public double? Speed { get; private set; }

    /// <summary>Notes how many bytes are done. Fewer than before: it was begun again.</summary>
    public void Add(ulong done)
    {
        var now = clock.GetTimestamp();
        if (_samples.Count > 0 && done < _samples.Last().Done)
        {
            _samples.Clear();
        }

        _samples.Enqueue((now, done));
        while (clock.GetElapsedTime(_samples.Peek().Time, now) > Window && _samples.Count > 2)
        {
            _samples.Dequeue();
        }

        var (time, first) = _samples.Peek();
        var elapsed = clock.GetElapsedTime(time, now);
        Speed = elapsed < Least ? null : (done - first) / elapsed.TotalSeconds;
    }
}

namespace Qvmc.Fuzz.Tests.Targets;

/// <summary>
/// A clock of which short pauses, below a second, have passed at once, and on which nothing else ends: limits are longer.
/// </summary>
internal sealed class PromptTime : TimeProvider
{
    private long _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime < TimeSpan.FromSeconds(1) && dueTime >= TimeSpan.Zero)
        {
            _now += Math.Max(dueTime.Ticks, TimeSpan.TicksPerMillisecond);
            return System.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }

        return System.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }
}

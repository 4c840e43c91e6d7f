using System.Collections.Concurrent;

namespace Qvmc.Images.Tests.Fetching;

/// <summary>Delays are over at once and noted; only limits, which are half a minute or never, last as long as they say.</summary>
internal sealed class HastyTime : TimeProvider
{
    internal ConcurrentQueue<TimeSpan> Delays { get; } = [];

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime == Timeout.InfiniteTimeSpan || dueTime == TimeSpan.FromSeconds(30))
        {
            return System.CreateTimer(callback, state, dueTime, period);
        }

        Delays.Enqueue(dueTime);
        return System.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}

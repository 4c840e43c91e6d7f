namespace Qvmc.Images.Tests;

/// <summary>Time that passes when told to.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly List<ManualTimer> _timers = [];
    private TimeSpan _now;

    internal void Advance(TimeSpan by)
    {
        _now += by;
        _timers.ToList().ForEach(t => t.FireIfDue(_now));
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(() => callback(state), () => _now);
        timer.Change(dueTime, period);
        _timers.Add(timer);
        return timer;
    }

    private sealed class ManualTimer(Action fire, Func<TimeSpan> now) : ITimer
    {
        private TimeSpan? _due;

        internal void FireIfDue(TimeSpan at)
        {
            if (_due <= at)
            {
                _due = null;
                fire();
            }
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _due = dueTime < TimeSpan.Zero ? null : now() + dueTime;
            return true;
        }

        public void Dispose() => _due = null;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

using System.Threading.Channels;

namespace Qvmc.Testing;

/// <summary>The system's clock, or another, except for timers of one length: those ring when a test says so.</summary>
public sealed class HandClock(TimeSpan length, TimeProvider? others = null) : TimeProvider
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan InPassing = TimeSpan.FromMilliseconds(300);

    private readonly Channel<HandTimer> _set = Channel.CreateUnbounded<HandTimer>();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime != length)
        {
            return (others ?? System).CreateTimer(callback, state, dueTime, period);
        }

        var timer = new HandTimer(() => callback(state));
        _set.Writer.TryWrite(timer);
        return timer;
    }

    /// <summary>Waits until such a timer is set and stays set a while, and lets it ring.</summary>
    public async Task RingAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        while (true)
        {
            var timer = await _set.Reader.ReadAsync(limit.Token);

            // Most are set in passing: what they are for comes at once.
            await Task.WhenAny(timer.Over, Task.Delay(InPassing, limit.Token));
            if (timer.TryRing())
            {
                return;
            }
        }
    }

    private sealed class HandTimer(Action ring) : ITimer
    {
        private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Over => _over.Task;

        public bool TryRing()
        {
            if (!_over.TrySetResult())
            {
                return false;
            }

            ring();
            return true;
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => !_over.Task.IsCompleted;

        public void Dispose() => _over.TrySetResult();

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

using Qvmc.Controller.Nodes;

namespace Qvmc.Controller.Reconcile;

/// <summary>The work on one instance: one round at a time, and another when something changed during it.</summary>
internal sealed class ReconcileJob
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();
    private bool _running;
    private bool _wanted;
    private int _failures;

    // Measured, not told by the clock: that may be set back.
    private long _since;
    private TimeSpan _pause;
    private ITimer? _timer;

    /// <summary>The work in hand.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    /// <summary>What the latest step was taken in.</summary>
    public ReconcileSituation? Situation { get; private set; }

    /// <summary>Asks for a round; begins <paramref name="work"/> unless it is under way.</summary>
    public void Signal(Func<ReconcileJob, Task> work)
    {
        lock (_lock)
        {
            _wanted = true;
            if (!_running)
            {
                _running = true;
                Running = Task.Run(() => work(this));
            }
        }
    }

    /// <summary>Whether another round is asked for; if not, the work has ended.</summary>
    public bool BeginRound()
    {
        lock (_lock)
        {
            (_running, _wanted) = (_wanted, false);
            return _running;
        }
    }

    /// <summary>Whether the same step in the same situation was taken just now.</summary>
    public bool IsPostponed(ReconcileSituation situation, TimeProvider time)
    {
        if (situation == Situation)
        {
            return time.GetElapsedTime(_since) < _pause;
        }

        _failures = 0;
        return false;
    }

    /// <summary>The step was taken: no need to repeat it before <paramref name="interval"/> is over.</summary>
    public void Sent(ReconcileSituation situation, TimeProvider time, TimeSpan interval)
    {
        (Situation, _failures) = (situation, 0);
        (_since, _pause) = (time.GetTimestamp(), interval * 0.9);
    }

    /// <summary>The step failed: returns how long to wait before the next attempt.</summary>
    public TimeSpan Postpone(ReconcileSituation? situation, TimeProvider time, TimeSpan first)
    {
        var delay = Backoff.Delay(_failures++, first, LongestDelay);
        Situation = situation;

        // A timer may ring a little early.
        (_since, _pause) = (time.GetTimestamp(), delay * 0.9);
        return delay;
    }

    /// <summary>Keeps the timer of the next attempt, in place of an earlier one.</summary>
    public void Wake(ITimer timer)
    {
        _timer?.Dispose();
        _timer = timer;
    }
}

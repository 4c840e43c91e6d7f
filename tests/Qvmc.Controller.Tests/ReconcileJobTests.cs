using Google.Protobuf.WellKnownTypes;
using Qvmc.Controller.Reconcile;
using Qvmc.Core.Instances;

namespace Qvmc.Controller.Tests;

public class ReconcileJobTests
{
    [Theory]
    [InlineData(-3650)]
    [InlineData(3650)]
    public void A_clock_that_is_set_neither_holds_work_up_nor_hurries_it(int days)
    {
        var clock = new SetClock();
        var job = new ReconcileJob();
        var situation = new ReconcileSituation(PlanStep.Ensure, 1, null, new Timestamp());
        job.Postpone(situation, clock, TimeSpan.FromSeconds(10));
        clock.Wall += TimeSpan.FromDays(days);
        Assert.True(job.IsPostponed(situation, clock));
        clock.Passed += TimeSpan.FromSeconds(60);
        Assert.False(job.IsPostponed(situation, clock));
    }

    // The wall clock is moved by hand, and so is the time that really passes.
    private sealed class SetClock : TimeProvider
    {
        public DateTimeOffset Wall { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public TimeSpan Passed { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Wall;

        public override long GetTimestamp() => Passed.Ticks;
    }
}

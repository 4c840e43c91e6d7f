using Qvmc.Cli.Output;

namespace Qvmc.Cli.Tests.Output;

public sealed class TransferTests
{
    private const ulong Mib = 1 << 20;

    [Theory]
    [InlineData(0, 100, null, "──────────────────── 0% of 100 MiB")]
    [InlineData(42, 100, 5.0, "━━━━━━━━──────────── 42% of 100 MiB, 5 MiB/s, 12s left")]
    [InlineData(50, 100, 0.0, "━━━━━━━━━━────────── 50% of 100 MiB, 0 bytes/s")]
    [InlineData(100, 100, 5.0, "━━━━━━━━━━━━━━━━━━━━ 100% of 100 MiB, 5 MiB/s")]
    [InlineData(110, 100, null, "━━━━━━━━━━━━━━━━━━━━ 100% of 100 MiB")]
    [InlineData(7, 0, 1.5, "7 MiB, 1.5 MiB/s")]
    [InlineData(1, 1_000_000, 0.000001, "──────────────────── 0% of 976.6 GiB, 1 bytes/s")]
    public void Says_bytes_percent_speed_and_what_is_left(int done, int total, double? speed, string text) =>
        Assert.Equal(text, TransferText.Of((ulong)done * Mib, (ulong)total * Mib, speed * Mib));

    [Theory]
    [InlineData(0UL, 10UL, "0% of 10 bytes")]
    [InlineData(9UL, 10UL, "90% of 10 bytes")]
    [InlineData(999UL, 1000UL, "90% of 1000 bytes")]
    [InlineData(10UL, 10UL, "100% of 10 bytes")]
    [InlineData(ulong.MaxValue, ulong.MaxValue, "100% of 16384 PiB")]
    [InlineData(5UL, 0UL, "")]
    public void Says_tenths_for_a_log(ulong done, ulong total, string text) => Assert.Equal(text, TransferText.OfTenth(done, total));

    [Fact]
    public void Speed_is_that_of_the_last_seconds()
    {
        var clock = new Clock();
        var meter = new TransferMeter(clock);
        meter.Add(0);
        Assert.Null(meter.Speed);
        clock.Pass(2);
        meter.Add(2000);
        Assert.Equal(1000, meter.Speed);

        // A line that became slow, and then broke.
        for (var i = 0; i < 20; i++)
        {
            clock.Pass(1);
            meter.Add(2000 + ((ulong)i * 10));
        }

        Assert.Equal(10, meter.Speed);
        for (var i = 0; i < 20; i++)
        {
            clock.Pass(1);
            meter.Add(2190);
        }

        Assert.Equal(0, meter.Speed);

        // It was begun again.
        meter.Add(0);
        Assert.Null(meter.Speed);
        clock.Pass(4);
        meter.Add(400);
        Assert.Equal(100, meter.Speed);
    }

    private sealed class Clock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Pass(int seconds) => _now += TimeSpan.FromSeconds(seconds).Ticks;
    }
}

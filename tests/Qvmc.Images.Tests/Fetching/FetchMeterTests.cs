using Qvmc.Images.Fetching;

namespace Qvmc.Images.Tests.Fetching;

public sealed class FetchMeterTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly Told<FetchProgress> _told = new();
    private readonly FetchMeter _meter;

    public FetchMeterTests() => _meter = new FetchMeter(_told, _time);

    [Fact]
    public void It_tells_seldom_and_never_stays_behind()
    {
        for (var i = 1; i <= 1000; i++)
        {
            _meter.Bytes(i, 5000);
        }

        Assert.Equal([1], Bytes());
        Pass();
        Assert.Equal([1, 1000], Bytes());
        Pass();
        Pass();
        Assert.Equal([1, 1000], Bytes());

        // What comes after a pause is told at once.
        _meter.Bytes(2000, 5000);
        _meter.Bytes(3000, 5000);
        Assert.Equal([1, 1000, 2000], Bytes());
        Pass();
        Assert.Equal([1, 1000, 2000, 3000], Bytes());
    }

    [Fact]
    public void What_is_in_the_way_is_told_at_once_with_how_far_it_is()
    {
        _meter.Bytes(1, null);
        _meter.Bytes(2, null);
        _meter.Trouble("it rains");
        _meter.Trouble("it rains");
        _meter.Bytes(2, null);
        Assert.Equal(
            [
                new FetchProgress(FetchPhase.Downloading, 1, null, ""),
                new FetchProgress(FetchPhase.Downloading, 2, null, "it rains"),
                new FetchProgress(FetchPhase.Downloading, 2, null, ""),
            ],
            _told.Values);
    }

    [Fact]
    public void Image_that_is_made_while_bytes_come_is_told_of_when_they_are_here()
    {
        _meter.Bytes(1, 10);
        _meter.Report(new IntakeProgress(IntakePhase.Receiving, 7, 10));
        Pass();
        Assert.Equal([1], Bytes());
        _meter.Preparing(10);
        _meter.Report(new IntakeProgress(IntakePhase.Converting, 5, 20));
        Pass();
        Assert.Equal(
            [new FetchProgress(FetchPhase.Preparing, 0, 10, ""), new FetchProgress(FetchPhase.Preparing, 5, 20, "")], _told.Values.Skip(1));

        // It was of no use, and another source is asked.
        _meter.Bytes(3, 10);
        Assert.Equal(new FetchProgress(FetchPhase.Downloading, 3, 10, ""), _told.Values[^1]);
    }

    [Fact]
    public void Nothing_is_told_after_the_end()
    {
        _meter.Bytes(1, null);
        _meter.Bytes(2, null);
        _meter.Dispose();
        Pass();
        _meter.Trouble("too late");
        Assert.Equal([1], Bytes());
    }

    private void Pass() => _time.Advance(FetchMeter.Interval);

    private IEnumerable<long> Bytes() => _told.Values.Select(t => t.DoneBytes);

    public void Dispose() => _meter.Dispose();
}

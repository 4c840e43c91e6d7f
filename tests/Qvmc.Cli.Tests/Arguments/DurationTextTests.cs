using Qvmc.Cli.Arguments;

namespace Qvmc.Cli.Tests.Arguments;

public sealed class DurationTextTests
{
    [Theory]
    [InlineData("30s", 30_000)]
    [InlineData("30", 30_000)]
    [InlineData("5m", 300_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("1m30s", 90_000)]
    [InlineData("500ms", 500)]
    [InlineData("1.5s", 1500)]
    [InlineData("0", 0)]
    public void Reads(string text, int milliseconds)
    {
        Assert.True(DurationText.TryParse(text, out var duration, out _));
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("-5s")]
    [InlineData("5x")]
    [InlineData("5m30")]
    [InlineData("5 m")]
    [InlineData("1d")]
    [InlineData("169h")]
    [InlineData("1e9")]
    [InlineData("999999999999999999999h")]
    public void Refuses(string text)
    {
        Assert.False(DurationText.TryParse(text, out _, out var fault));
        Assert.Contains($"\"{text}\"", fault);
    }

    [Theory]
    [InlineData(-5, "0s")]
    [InlineData(0.04, "0s")]
    [InlineData(4.72, "4.7s")]
    [InlineData(9.96, "9s")]
    [InlineData(59.9, "59s")]
    [InlineData(60, "1m")]
    [InlineData(90, "1m 30s")]
    [InlineData(3600, "1h")]
    [InlineData(5400, "1h 30m")]
    [InlineData(86400 * 3 + 7200, "3d 2h")]
    public void Writes(double seconds, string text) => Assert.Equal(text, DurationText.Of(TimeSpan.FromSeconds(seconds)));
}

using Qvmc.Cli.Arguments;

namespace Qvmc.Cli.Output;

/// <summary>How far bytes are, in words.</summary>
internal static class TransferText
{
    private const int BarWidth = 20;

    // Nobody plans by such a number.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    /// <summary>"━━━━──────  42% of 328 MiB, 5.1 MiB/s, 40s left".</summary>
    /// <param name="done">Bytes that are done.</param>
    /// <param name="total">Bytes that there are; 0: not known.</param>
    /// <param name="speed">Bytes in a second; null: not known.</param>
    public static string Of(ulong done, ulong total, double? speed)
    {
        var rate = speed is { } value ? $", {SizeText.OfBytes((ulong)value)}/s" : "";
        return total == 0 ? SizeText.OfBytes(done) + rate : $"{Bar(done, total)} {Percent(done, total)}% of {SizeText.OfBytes(total)}{rate}{Left(done, total, speed)}";
    }

    /// <summary>The same for a log: it changes with each tenth only.</summary>
    public static string OfTenth(ulong done, ulong total) => total == 0 ? "" : $"{Percent(done, total) / 10 * 10}% of {SizeText.OfBytes(total)}";

    /// <summary>Whole percents; 100 only when it is all.</summary>
    public static int Percent(ulong done, ulong total) => (int)Math.Min(100UL, (ulong)((UInt128)done * 100 / total));

    private static string Bar(ulong done, ulong total)
    {
        var full = Percent(done, total) * BarWidth / 100;
        return new string('━', full) + new string('─', BarWidth - full);
    }

    private static string Left(ulong done, ulong total, double? speed)
    {
        if (speed is not > 0 || done >= total)
        {
            return "";
        }

        var seconds = (total - done) / speed.Value;
        return seconds > Longest.TotalSeconds ? "" : $", {DurationText.Of(TimeSpan.FromSeconds(Math.Ceiling(seconds)))} left";
    }
}

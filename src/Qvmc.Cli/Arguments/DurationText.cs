using System.Globalization;

namespace Qvmc.Cli.Arguments;

/// <summary>Durations as people write them: "30s", "5m", "1h30m", "500ms"; a plain number is seconds.</summary>
internal static class DurationText
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    /// <summary>Reads a duration.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="duration">The duration; never negative, at most a week.</param>
    /// <param name="fault">What is wrong with it.</param>
    public static bool TryParse(string text, out TimeSpan duration, out string fault)
    {
        duration = TimeSpan.Zero;
        fault = $"\"{text}\" is not a duration; write it like 30s, 5m or 1h30m (a plain number is seconds)";
        var rest = text.AsSpan().Trim();
        if (rest.IsEmpty)
        {
            return false;
        }

        var total = 0d;
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExcept("0123456789.");
            var number = digits < 0 ? rest : rest[..digits];
            if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount))
            {
                return false;
            }

            rest = digits < 0 ? [] : rest[digits..];
            var letters = rest.IndexOfAnyExcept("hms");
            var unit = letters < 0 ? rest : rest[..letters];

            // Without a unit only a number that stands alone is clear.
            if (unit.IsEmpty && total > 0)
            {
                return false;
            }

            if (SecondsIn(unit) is not { } seconds)
            {
                return false;
            }

            rest = rest[unit.Length..];
            total += amount * seconds;
        }

        if (total > Longest.TotalSeconds)
        {
            fault = $"\"{text}\" is too long; a week is the most";
            return false;
        }

        duration = TimeSpan.FromSeconds(total);
        fault = "";
        return true;
    }

    /// <summary>A duration for people, to the two largest units: "1h 30m", "4.7s", "3d 2h".</summary>
    public static string Of(TimeSpan duration)
    {
        string[] parts = duration switch
        {
            { Ticks: < 0 } => ["0s"],
            { TotalSeconds: < 9.95 } => [string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:0.#}s")],
            { TotalMinutes: < 1 } => [$"{(int)duration.TotalSeconds}s"],
            { TotalHours: < 1 } => [$"{duration.Minutes}m", $"{duration.Seconds}s"],
            { TotalDays: < 1 } => [$"{duration.Hours}h", $"{duration.Minutes}m"],
            _ => [$"{(int)duration.TotalDays}d", $"{duration.Hours}h"],
        };
        return string.Join(' ', parts.Where((part, index) => index == 0 || part[0] != '0'));
    }

    private static double? SecondsIn(ReadOnlySpan<char> unit) => unit switch
    {
        "h" => 3600,
        "m" => 60,
        "s" or "" => 1,
        "ms" => 0.001,
        _ => null,
    };
}

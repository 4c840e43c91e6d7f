using Google.Protobuf.WellKnownTypes;
using Qvmc.Core.Faults;

namespace Qvmc.Core.Instances;

/// <summary>Durations in requests: more than nothing and at most an hour.</summary>
public static class DurationRules
{
    /// <summary>The fault of a duration that may be unset.</summary>
    /// <param name="duration">As given; null when unset.</param>
    /// <param name="field">Its path.</param>
    /// <param name="zero">Whether no time at all is allowed.</param>
    public static FieldFault? Check(Duration? duration, string field, bool zero = false)
    {
        if (duration is null)
        {
            return null;
        }

        // Nanos beyond a second, or of another sign than the seconds, are not a duration (duration.proto).
        var wellFormed = Math.Abs((long)duration.Nanos) < 1_000_000_000 && !(duration.Seconds > 0 && duration.Nanos < 0) && !(duration.Seconds < 0 && duration.Nanos > 0);
        var tooShort = duration.Seconds < 0 || duration.Nanos < 0 || (!zero && duration is { Seconds: 0, Nanos: 0 });
        var longest = (long)InstanceLimits.MaxWait.TotalSeconds;
        var tooLong = duration.Seconds > longest || (duration.Seconds == longest && duration.Nanos > 0);
        return wellFormed && !tooShort && !tooLong
            ? null
            : new FieldFault(field, $"{duration.Seconds}s is not allowed: use {(zero ? "0 s" : "more than 0 s")} to 1 h");
    }

    /// <summary>A checked duration; <paramref name="otherwise"/> when it is unset.</summary>
    public static TimeSpan Or(Duration? duration, TimeSpan otherwise) => duration?.ToTimeSpan() ?? otherwise;
}

using Qvmc.Core.Faults;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Controller.Limits;

/// <summary>The configuration's bounds of launches and starts, with what holds where it does not say.</summary>
internal sealed record LaunchBounds(int PerSecond, int Burst, uint MemoryPercent, uint DiskReserveMib)
{
    private const uint Most = 100_000;
    private const uint MostReserveMib = 1 << 20;

    /// <summary>Of a configuration without faults; null: it does not say.</summary>
    public static LaunchBounds Of(LaunchLimits? limits) => new(
        (int)Or(limits?.PerSecond, 200),
        (int)Or(limits?.Burst, 2000),
        Or(limits?.MemoryPercent, 100),
        limits is { HasDiskReserveMib: true } ? limits.DiskReserveMib : 512);

    /// <summary>Every fault of a configuration.</summary>
    public static IEnumerable<FieldFault> Check(LaunchLimits? limits)
    {
        (string Field, uint? Given, uint Most)[] fields =
        [
            ("per_second", limits?.PerSecond, Most),
            ("burst", limits?.Burst, Most),
            ("memory_percent", limits?.MemoryPercent, Most),
            ("disk_reserve_mib", limits?.DiskReserveMib, MostReserveMib),
        ];
        return fields.Where(f => f.Given > f.Most).Select(f => new FieldFault($"launch_limits.{f.Field}", $"{f.Given} is not allowed: use at most {f.Most}"));
    }

    private static uint Or(uint? given, uint otherwise) => given is > 0 and var value ? value : otherwise;
}

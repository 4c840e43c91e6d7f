using Google.Protobuf.WellKnownTypes;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;
using Qvmc.Images;
using Qvmc.Protos.Settings.V1;

namespace Qvmc.Controller;

/// <summary>The configuration's bounds of what images may bring, with what holds where it does not say.</summary>
internal sealed record ImageBounds(ImageStoreLimits Store, TimeSpan UploadLifetime, TimeSpan PullStall, int ParallelPulls)
{
    private const uint MaxGib = 65_536;
    private const int DefaultGib = 1024;
    private const int MaxPulls = 64;
    private const int DefaultPulls = 3;

    private static readonly TimeSpan DefaultLifetime = TimeSpan.FromHours(24);
    private static readonly TimeSpan MaxLifetime = TimeSpan.FromDays(30);
    private static readonly TimeSpan DefaultStall = TimeSpan.FromSeconds(30);

    /// <summary>Of a configuration without faults; null: it does not say.</summary>
    public static ImageBounds Of(ImageLimits? limits) => new(
        new ImageStoreLimits(Bytes(limits?.MaxGib, DefaultGib), Bytes(limits?.MaxVirtualGib, MaxGib)),
        DurationRules.Or(limits?.UploadLifetime, DefaultLifetime),
        DurationRules.Or(limits?.PullStall, DefaultStall),
        limits?.ParallelPulls is > 0 and var pulls ? (int)pulls : DefaultPulls);

    /// <summary>Every fault of a configuration.</summary>
    public static IEnumerable<FieldFault> Check(ImageLimits? limits)
    {
        if (limits?.MaxGib > MaxGib)
        {
            yield return new FieldFault("image_limits.max_gib", $"{limits.MaxGib} is not allowed: use 1 to {MaxGib} (GiB)");
        }

        if (limits?.MaxVirtualGib > MaxGib)
        {
            yield return new FieldFault("image_limits.max_virtual_gib", $"{limits.MaxVirtualGib} is not allowed: use 1 to {MaxGib} (GiB)");
        }

        if (!IsLifetime(limits?.UploadLifetime))
        {
            yield return new FieldFault("image_limits.upload_lifetime", $"{limits!.UploadLifetime.Seconds}s is not allowed: use more than 0 s, to 30 days (2592000s)");
        }

        if (DurationRules.Check(limits?.PullStall, "image_limits.pull_stall") is { } stall)
        {
            yield return stall;
        }

        if (limits?.ParallelPulls > MaxPulls)
        {
            yield return new FieldFault("image_limits.parallel_pulls", $"{limits.ParallelPulls} is not allowed: use 1 to {MaxPulls}");
        }
    }

    private static bool IsLifetime(Duration? given) => given is null
        || (given is { Seconds: >= 0, Nanos: >= 0 and < 1_000_000_000 } && given.Seconds + given.Nanos > 0 && given.Seconds <= MaxLifetime.TotalSeconds);

    private static long Bytes(uint? gib, uint otherwise) => (long)(gib is > 0 and var given ? given : otherwise) << 30;
}

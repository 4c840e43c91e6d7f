namespace Qvmc.Qemu.Tests.Guest;

/// <summary>A clock that runs a hundred times as fast, so that nobody waits for pauses to pass.</summary>
internal sealed class SwiftTime : TimeProvider
{
    private const int Factor = 100;

    public override long GetTimestamp() => base.GetTimestamp() * Factor;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, Shorter(dueTime), Shorter(period));

    private static TimeSpan Shorter(TimeSpan time) => time > TimeSpan.Zero ? time / Factor : time;
}

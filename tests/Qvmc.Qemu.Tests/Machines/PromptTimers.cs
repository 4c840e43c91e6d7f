namespace Qvmc.Qemu.Tests.Machines;

/// <summary>A clock whose periodic timers run a hundred times as fast; limits and pauses are as they are.</summary>
internal sealed class PromptTimers : TimeProvider
{
    private const int Factor = 100;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => period > TimeSpan.Zero
        ? base.CreateTimer(callback, state, dueTime / Factor, period / Factor)
        : base.CreateTimer(callback, state, dueTime, period);
}

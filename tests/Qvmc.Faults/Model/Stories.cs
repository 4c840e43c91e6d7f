using System.Diagnostics;
using CsCheck;

namespace Qvmc.Faults.Model;

/// <summary>Random sequences of steps on three machines.</summary>
public static class Stories
{
    private static readonly TimeSpan ShortenLimit = TimeSpan.FromMinutes(8);

    // Not all alike: most are operations, a few are kills.
    private static readonly Gen<StepKind> Kind = Gen.Frequency(
        (4, Gen.Const(StepKind.Launch)), (1, Gen.Const(StepKind.LaunchStopped)), (3, Gen.Const(StepKind.Start)), (2, Gen.Const(StepKind.Stop)),
        (2, Gen.Const(StepKind.ForceStop)), (2, Gen.Const(StepKind.Restart)), (3, Gen.Const(StepKind.Delete)), (1, Gen.Const(StepKind.Update)),
        (1, Gen.Const(StepKind.List)), (2, Gen.Const(StepKind.KillQemu)), (1, Gen.Const(StepKind.KillController)), (1, Gen.Const(StepKind.KillHost)),
        (1, Gen.Const(StepKind.KillBoth)));

    /// <summary>At most one kill of daemons in a moment: two would wait for one another.</summary>
    public static readonly Gen<Step[]> All = Gen.Select(Kind, Gen.Int[1, 3], Gen.Bool).Select((kind, machine, atOnce) =>
        new Step(kind, machine, atOnce)).Array[3, 14].Select(Apart);

    /// <summary>Leaves out what the failure does not need, one step after another, as far as there is time.</summary>
    /// <returns>The shortest that still fails, and how.</returns>
    public static (Step[] Steps, Exception Failure) Shorten(Step[] steps, Exception failure, Func<Step[], Exception?> play)
    {
        var began = Stopwatch.GetTimestamp();
        for (var i = steps.Length - 1; i >= 0 && Stopwatch.GetElapsedTime(began) < ShortenLimit; i--)
        {
            Step[] shorter = [.. steps[..i], .. steps[(i + 1)..]];
            if (play(shorter) is { } again)
            {
                (steps, failure) = (shorter, again);
            }
        }

        return (steps, failure);
    }

    /// <summary>As it is told.</summary>
    public static string Tell(IEnumerable<Step> steps) => string.Join("\n  ", steps.Select(s => s.ToString()).Prepend(""));

    private static Step[] Apart(Step[] steps)
    {
        var kills = false;
        return [.. steps.Select(s =>
        {
            var kill = s.Kind >= StepKind.KillController;
            var step = kill && kills && s.AtOnce ? s with { AtOnce = false } : s;
            kills = kill || (step.AtOnce && kills);
            return step;
        })];
    }
}

namespace Qvmc.Core.Drills;

/// <summary>
/// Where a daemon can be made to fail on purpose. Without the variable in the environment it was started with, it is
/// nothing but a comparison with null.
/// </summary>
public static class FaultPoint
{
    /// <summary>Names the directory that orders a drill: for tests only, whoever sets it in production asks for crashes.</summary>
    public const string Variable = "QVMC_FAULT_DRILL";

    private static readonly FaultDrill? Drill = FaultDrill.Of(Environment.GetEnvironmentVariable(Variable));

    /// <summary>Said loudly at the start of a daemon that can be made to fail; null: this one can't.</summary>
    public static string? Warning => Drill is null
        ? null
        : $"FAULT DRILL: {Variable} is set, so this process crashes, stalls and fails whenever {Drill.Directory} says so; it is for tests only";

    /// <summary>A step was reached at which the kernel may refuse something.</summary>
    /// <exception cref="IOException">A drill lets it fail.</exception>
    public static void Reach(FaultStep step) => Drill?.Reach(step, canFail: true);

    /// <summary>A step was passed at which nothing can fail: a drill can only end the process there, or hold it.</summary>
    public static void Pass(FaultStep step) => Drill?.Reach(step, canFail: false);
}

using System.Diagnostics;

namespace Qvmc.Fuzz.Tests.Engine;

/// <summary>An input of which something does not hold.</summary>
/// <param name="Input">The input.</param>
/// <param name="Trouble">What is wrong.</param>
/// <param name="Kind">The same for the same fault, as far as can be told.</param>
internal sealed record FuzzFinding(byte[] Input, string Trouble, string Kind)
{
    private static readonly TimeSpan s_longestMinimising = TimeSpan.FromSeconds(10);

    /// <summary>Runs a target once; null when all is well.</summary>
    public static FuzzFinding? Of(FuzzTarget target, byte[] input)
    {
        Coverage.Begin();
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            target.Run(input);
        }
        catch (Exception e)
        {
            return new FuzzFinding(input, e.ToString(), $"{e.GetType()} {e.StackTrace?.Split('\n').FirstOrDefault(l => l.Contains("Qvmc", StringComparison.Ordinal))}");
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return allocated > target.MaxAllocated(input.Length) ? new FuzzFinding(input, $"{allocated} bytes are allocated for {input.Length}; at most {target.MaxAllocated(input.Length)} may be", "allocated")
            : Coverage.Steps > target.MaxSteps(input.Length) ? new FuzzFinding(input, $"{Coverage.Steps} branches are taken for {input.Length} bytes; at most {target.MaxSteps(input.Length)} may be", "steps")
            : null;
    }

    /// <summary>The same with as little as will do.</summary>
    public FuzzFinding Minimised(FuzzTarget target, long started)
    {
        var best = this;
        for (var size = Input.Length / 2; size > 0 && !target.KeepsPlaces; size /= 2)
        {
            for (var at = 0; at + size <= best.Input.Length && Stopwatch.GetElapsedTime(started) < s_longestMinimising;)
            {
                byte[] less = [.. best.Input[..at], .. best.Input[(at + size)..]];
                if (Of(target, less) is { } smaller && smaller.Kind == Kind)
                {
                    best = smaller;
                }
                else
                {
                    at += size;
                }
            }
        }

        return best;
    }
}

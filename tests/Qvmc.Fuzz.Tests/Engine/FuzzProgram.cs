using Qvmc.Fuzz.Tests.Targets;

namespace Qvmc.Fuzz.Tests.Engine;

/// <summary>Fuzzes as long as one likes, and keeps what leads further for the next time.</summary>
internal static class FuzzProgram
{
    /// <summary>Whether nothing was found.</summary>
    public static bool Run(FuzzTarget target, TimeSpan time, int seed)
    {
        var kept = Path.Combine(FuzzTargets.Findings, target.Name, "kept");
        var corpus = Corpus.Load(FuzzTargets.DirectoryOf(target.Name)).Concat(Corpus.Load(kept)).Select(file => file.Input).ToList();
        var run = new FuzzRun(target, corpus, seed);
        var finding = run.Run(long.MaxValue, time);
        foreach (var input in run.Inputs.Skip(corpus.Count))
        {
            Corpus.Write(kept, "kept", input);
        }

        Console.WriteLine($"{target.Name,-14} {run.Executions,9} executions {run.Ways,6} ways {run.Inputs.Count,6} inputs, slowest {run.Slowest.Time.TotalMilliseconds:0.0} ms for {run.Slowest.Input.Length} bytes, seed {seed}");
        if (finding is null)
        {
            return true;
        }

        Console.WriteLine($"{Corpus.Write(Path.Combine(FuzzTargets.Findings, target.Name), "regression", finding.Input)}\n{finding.Trouble}");
        return false;
    }
}

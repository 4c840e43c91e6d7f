using System.Diagnostics;

namespace Qvmc.Fuzz.Tests.Engine;

/// <summary>
/// Runs a target with inputs of the corpus and what can be made of them. An input that takes a way through our code that
/// none before it took is kept, and more is made of it. The same seed makes the same inputs.
/// </summary>
internal sealed class FuzzRun(FuzzTarget target, IEnumerable<byte[]> corpus, int seed)
{
    private readonly List<byte[]> _inputs = [.. corpus.DefaultIfEmpty([])];
    private readonly byte[] _known = Coverage.NewMap();
    private readonly Random _random = new(seed);

    public long Executions { get; private set; }

    /// <summary>Branches that were taken after one another, as far as they can be told apart.</summary>
    public int Ways => _known.Count(b => b != 0);

    /// <summary>Inputs that are worth keeping.</summary>
    public IReadOnlyList<byte[]> Inputs => _inputs;

    /// <summary>The input that took longest.</summary>
    public (TimeSpan Time, byte[] Input) Slowest { get; private set; } = (TimeSpan.Zero, []);

    /// <summary>Goes on until so many inputs were run, or so much time went by, but not before the fewest were; the first finding, or null.</summary>
    public FuzzFinding? Run(long executions, TimeSpan time, long fewest = 0)
    {
        var started = Stopwatch.GetTimestamp();
        var mutator = new Mutator(target, _random);
        foreach (var input in _inputs.ToList())
        {
            if (Execute(input) is { } finding)
            {
                return finding;
            }

            Coverage.AddTo(_known);
        }

        while (Executions < executions && (Executions < fewest || Stopwatch.GetElapsedTime(started) < time))
        {
            var input = mutator.Mutate(_inputs);
            if (Execute(input) is { } finding)
            {
                return finding.Minimised(target, Stopwatch.GetTimestamp());
            }

            if (Coverage.AddTo(_known))
            {
                _inputs.Add(input);
            }
        }

        return null;
    }

    private FuzzFinding? Execute(byte[] input)
    {
        Executions++;
        var started = Stopwatch.GetTimestamp();
        var finding = FuzzFinding.Of(target, input);
        var took = Stopwatch.GetElapsedTime(started);
        Slowest = took > Slowest.Time ? (took, input) : Slowest;
        return finding;
    }
}

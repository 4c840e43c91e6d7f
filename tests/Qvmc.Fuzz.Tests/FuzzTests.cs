using Qvmc.Fuzz.Tests.Engine;
using Qvmc.Fuzz.Tests.Targets;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Qvmc.Fuzz.Tests;

/// <summary>Each target with its corpus, and for a short while with what can be made of it. "make fuzz" goes on.</summary>
public sealed class FuzzTests
{
    // The time bounds the most; a busy machine takes longer for the fewest.
    private const int Executions = 10_000, Fewest = 300;
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(3);

    public static TheoryData<string> Names => [.. FuzzTargets.All.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_in_the_corpus_is_read_as_it_should_be(string name)
    {
        var corpus = Corpus.Load(FuzzTargets.DirectoryOf(name));
        Assert.NotEmpty(corpus);
        foreach (var (file, input) in corpus)
        {
            var finding = FuzzFinding.Of(FuzzTargets.Get(name), input);
            Assert.True(finding is null, $"{file}: {finding?.Trouble}");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_can_be_made_of_the_corpus_breaks_nothing(string name)
    {
        var corpus = Corpus.Load(FuzzTargets.DirectoryOf(name)).Select(file => file.Input).ToList();
        var run = new FuzzRun(FuzzTargets.Get(name), corpus, seed: 1);
        if (run.Run(Executions, s_longest, Fewest) is { } finding)
        {
            Assert.Fail($"{Corpus.Write(Path.Combine(FuzzTargets.Findings, name), "regression", finding.Input)}: {finding.Trouble}");
        }

        // Else nothing guides it: the assemblies are not instrumented, or the corpus leads nowhere.
        Assert.True(run.Inputs.Count > corpus.Count, $"no input led further than the corpus in {run.Executions} executions");
    }
}

using CsCheck;
using Qvmc.Faults.Harness;
using Qvmc.Faults.Model;

namespace Qvmc.Faults;

/// <summary>Whatever several clients do while daemons and QEMUs die, what was answered is so.</summary>
public abstract class ModelTests(FaultCluster cluster, int sequences)
{
    public static TheoryData<string> Fixed => [.. FixedStories.ByName.Keys];

    [Theory]
    [MemberData(nameof(Fixed))]
    public Task AHardStoryEndsAsItWasAnswered(string name) => new Story(cluster).PlayAsync(FixedStories.ByName[name]);

    [Fact]
    public void AnyStoryEndsAsItWasAnswered() => Stories.All.Sample(
        steps =>
        {
            if (Play(steps) is { } failure)
            {
                var (shortest, why) = Stories.Shorten(steps, failure, Play);
                throw new InvalidOperationException($"{Stories.Tell(shortest)}\nends wrong: {why.Message}", why);
            }
        },
        seed: Effort.Seed,
        iter: sequences,
        threads: 1,
        print: steps => Stories.Tell(steps));

    private Exception? Play(Step[] steps)
    {
        try
        {
            Task.Run(() => new Story(cluster).PlayAsync(steps)).GetAwaiter().GetResult();
            return null;
        }
        catch (Exception e)
        {
            // The next is not to fail for this one.
            cluster.RecoverAsync().GetAwaiter().GetResult();
            return e;
        }
    }
}

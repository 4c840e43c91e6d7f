using Qvmc.Core.Drills;
using Qvmc.Faults.Harness;
using Qvmc.Faults.Scenarios;

namespace Qvmc.Faults;

/// <summary>
/// Every scenario at every step that it comes to, each time that it comes there: what it comes to is seen first, without
/// any fault. For <c>make faults</c>; in CI each step has its turn in one scenario.
/// </summary>
public sealed class MatrixTests(FaultCluster cluster) : IClassFixture<FaultCluster>
{
    // What a scenario does over and over (a store write for each status) is not tried each of the times.
    private const int MostTimes = 3;

    public static TheoryData<string, int> Scenarios
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var name in AllScenarios.ByName.Keys)
            {
                for (var round = 1; round <= (Effort.Rounds > 1 ? Effort.Rounds : 0); round++)
                {
                    data.Add(name, round);
                }
            }

            if (Effort.Rounds == 1)
            {
                data.Add("image-delete", 1);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task NothingIsLostHoweverOftenAStepWasReachedBefore(string name, int round)
    {
        foreach (var (step, count) in await ReachedAsync(name))
        {
            for (var nth = 1; nth <= Math.Min(count, MostTimes); nth++)
            {
                try
                {
                    await Drills.CrashAsync(cluster, AllScenarios.ByName[name](cluster), step, nth);
                }
                catch (TimeoutException e) when (nth > 1 && e.Message.Contains("was not reached", StringComparison.Ordinal))
                {
                    // Events that come together are one write at one time and two at another.
                }
                catch (Exception e)
                {
                    throw new InvalidOperationException($"{name}, killed at {step} for the {nth}. time, in round {round}", e);
                }
            }
        }
    }

    private async Task<IReadOnlyList<(FaultStep Step, int Count)>> ReachedAsync(string name)
    {
        var scenario = AllScenarios.ByName[name](cluster);
        await scenario.PrepareAsync();
        cluster.QemuDrill.Forget();
        cluster.ControllerDrill.Forget();
        await scenario.ActAsync();
        await scenario.CheckAsync();

        // Before the invariants are checked, which prunes images.
        var reached = cluster.QemuDrill.Reached().Concat(cluster.ControllerDrill.Reached()).Select(r => (r.Key, r.Value)).ToList();
        await Invariants.CheckAsync(cluster);
        await scenario.CleanAsync();
        return reached;
    }
}

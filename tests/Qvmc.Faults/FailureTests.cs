using Qvmc.Core.Drills;
using Qvmc.Faults.Harness;
using Qvmc.Faults.Scenarios;

namespace Qvmc.Faults;

/// <summary>Each step fails as the kernel lets things fail, until the cause is gone.</summary>
public sealed class FailureTests(FaultCluster cluster) : IClassFixture<FaultCluster>
{
    private static readonly FaultAction[] Errors = [FaultAction.Enospc, FaultAction.Eio, FaultAction.Emfile];

    /// <summary>Every step with one of the errors in turn; with time for it, with all of them.</summary>
    public static TheoryData<FaultStep, FaultAction> Failures
    {
        get
        {
            var data = new TheoryData<FaultStep, FaultAction>();
            foreach (var step in Enum.GetValues<FaultStep>().Where(s => !Marks.Has(s)))
            {
                foreach (var error in Effort.Rounds > 1 ? Errors : [Errors[(int)step % Errors.Length]])
                {
                    data.Add(step, error);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public Task AFailureIsToldOrTriedAgainAt(FaultStep step, FaultAction error) =>
        Drills.FailAsync(cluster, AllScenarios.ByName[AllScenarios.For(step)](cluster), step, error);
}

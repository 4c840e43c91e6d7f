using Qvmc.Core.Drills;
using Qvmc.Faults.Harness;
using Qvmc.Faults.Scenarios;

namespace Qvmc.Faults;

/// <summary>Each daemon is killed at each of its steps, and comes back.</summary>
public sealed class CrashTests(FaultCluster cluster) : IClassFixture<FaultCluster>
{
    /// <summary>Every step there is.</summary>
    public static TheoryData<FaultStep> Steps => [.. Enum.GetValues<FaultStep>()];

    [Theory]
    [MemberData(nameof(Steps))]
    public Task NothingIsLostWhenADaemonDiesAt(FaultStep step) =>
        Drills.CrashAsync(cluster, AllScenarios.ByName[AllScenarios.For(step)](cluster), step);
}

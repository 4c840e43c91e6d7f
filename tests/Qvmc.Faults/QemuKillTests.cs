using Qvmc.Core.Drills;
using Qvmc.Faults.Harness;
using Qvmc.Faults.Scenarios;

namespace Qvmc.Faults;

/// <summary>QEMU is killed while the daemon is at each step at which there is one.</summary>
public sealed class QemuKillTests(FaultCluster cluster) : IClassFixture<FaultCluster>
{
    /// <summary>From the spawn until the end.</summary>
    public static TheoryData<FaultStep> Steps => [.. Enum.GetValues<FaultStep>().Where(s => s is >= FaultStep.Spawned and <= FaultStep.QuitSent)];

    [Theory]
    [MemberData(nameof(Steps))]
    public Task NothingSticksWhenQemuDiesAt(FaultStep step) =>
        Drills.KillQemuAsync(cluster, AllScenarios.ByName[AllScenarios.For(step)](cluster), step);
}

using Qvmc.Core.Drills;
using Qvmc.Faults.Harness;
using Qvmc.Faults.Scenarios;
using Qvmc.Testing.Namespaces;

namespace Qvmc.Faults;

/// <summary>The host's daemon is killed, or fails, where it takes something of a bridge network or gives it back.</summary>
public sealed class BridgeCrashTests(BridgeFaultCluster cluster) : IClassFixture<BridgeFaultCluster>
{
    public static TheoryData<FaultStep> Steps =>
    [
        FaultStep.OrderRecorded, FaultStep.StartRecorded, FaultStep.NicsAttached, FaultStep.Spawned, FaultStep.SpawnRecorded,
        FaultStep.ProcessGone, FaultStep.GivenBack, FaultStep.RemovalRecorded, FaultStep.NetworksForgotten, FaultStep.DirectoryDeleted,
        FaultStep.MachineAdopted, FaultStep.LeftoverEnded, FaultStep.LeftoversSwept,
    ];

    [NamespaceTheory]
    [MemberData(nameof(Steps))]
    public Task NothingOfANetworkIsLostOrStaysWhenTheDaemonDiesAt(FaultStep step) =>
        Drills.CrashAsync(cluster, AllScenarios.ByName[AllScenarios.For(step)](cluster), step);

    [NamespaceTheory]
    [InlineData(FaultStep.NicsAttached, FaultAction.Emfile)]
    [InlineData(FaultStep.Spawned, FaultAction.Enospc)]
    [InlineData(FaultStep.NetworksForgotten, FaultAction.Eio)]
    public Task NothingOfANetworkIsLostOrStaysWhenItFailsAt(FaultStep step, FaultAction error) =>
        Drills.FailAsync(cluster, AllScenarios.ByName[AllScenarios.For(step)](cluster), step, error);
}

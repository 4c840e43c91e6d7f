using Qvmc.Faults.Harness;

namespace Qvmc.Faults;

/// <summary>On real QEMUs.</summary>
public sealed class RealModelTests(FaultCluster cluster) : ModelTests(cluster, Effort.Sequences), IClassFixture<FaultCluster>;

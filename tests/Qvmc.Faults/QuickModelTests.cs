using Qvmc.Faults.Harness;

namespace Qvmc.Faults;

/// <summary>On stubs, which are up in no time.</summary>
public sealed class QuickModelTests(StubFaultCluster cluster) : ModelTests(cluster, Effort.QuickSequences), IClassFixture<StubFaultCluster>;

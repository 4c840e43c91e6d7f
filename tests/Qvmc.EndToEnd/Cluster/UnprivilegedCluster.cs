namespace Qvmc.EndToEnd.Cluster;

/// <summary>A cluster whose daemon runs QEMU as another user, where it may: one that nothing else belongs to.</summary>
public sealed class UnprivilegedCluster() : TestCluster(qemuSettings: Environment.IsPrivilegedProcess ? $"""
    "machine_user": "{User}",
    """ : "")
{
    public const int User = 12345;
}

namespace Qvmc.EndToEnd.Cluster;

/// <summary>A test that only root can run.</summary>
public sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute() => Skip = Environment.IsPrivilegedProcess ? null : "only root can start programs as another user";
}

namespace Qvmc.Controller.Tests;

/// <summary>How long tests wait for what should come.</summary>
internal static class Limits
{
    /// <summary>Much longer than anything takes on a loaded machine.</summary>
    public static readonly TimeSpan Test = TimeSpan.FromSeconds(60);
}

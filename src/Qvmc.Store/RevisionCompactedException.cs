namespace Qvmc.Store;

/// <summary>The changes asked for are not kept: list again, and watch from there.</summary>
public sealed class RevisionCompactedException(long asked, long oldest, long latest)
    : Exception($"changes after revision {asked} are not kept (kept are {oldest} to {latest})")
{
    /// <summary>The revision that was to be continued from.</summary>
    public long Asked { get; } = asked;
}

namespace Qvmc.Core.Instances;

/// <summary>Where a wait stands.</summary>
/// <param name="IsMet">The condition holds.</param>
/// <param name="Failure">Why it will not come; null while it may.</param>
public sealed record WaitOutcome(bool IsMet, string? Failure)
{
    /// <summary>The condition holds.</summary>
    public static WaitOutcome Met { get; } = new(true, null);

    /// <summary>It may still come.</summary>
    public static WaitOutcome NotYet { get; } = new(false, null);

    /// <summary>It will not come.</summary>
    public static WaitOutcome Never(string why) => new(false, why);
}

namespace Qvmc.Images;

/// <summary>How images are fetched.</summary>
public sealed record ImageFetcherOptions
{
    /// <summary>How long a source may send nothing before it is tried again.</summary>
    public TimeSpan StallLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Most bytes that a source may send.</summary>
    public long MaxBytes { get; init; } = 1L << 40;

    /// <summary>
    /// Opens the file of a file URL, by its absolute path; its faults are the caller's. Null: file URLs are refused.
    /// </summary>
    public Func<string, Stream>? OpenFile { get; init; }

    /// <summary>
    /// How often what came is recorded for good, besides whenever it has doubled and every 64 MiB: what a slow download loses
    /// when its process dies.
    /// </summary>
    public TimeSpan RecordEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a source is tried without a byte more than before.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>Until the next attempt, after the first that fails; it doubles from there.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The most that it becomes.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The longest that a source's own word (Retry-After) is heeded.</summary>
    public TimeSpan LongestRetryAfter { get; init; } = TimeSpan.FromMinutes(5);
}

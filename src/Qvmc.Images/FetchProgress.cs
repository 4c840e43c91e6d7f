namespace Qvmc.Images;

/// <summary>How far a fetch is.</summary>
/// <param name="Phase">What is being done.</param>
/// <param name="DoneBytes">How much of that is done.</param>
/// <param name="TotalBytes">How much there is to do; null: not known.</param>
/// <param name="Trouble">What is in the way: <c>mirror.example.com does not answer; next attempt in 8 s</c>. Empty: nothing.</param>
public sealed record FetchProgress(FetchPhase Phase, long DoneBytes, long? TotalBytes, string Trouble);

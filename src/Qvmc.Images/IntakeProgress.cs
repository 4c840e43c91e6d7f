namespace Qvmc.Images;

/// <summary>How far the work on an image that comes in is.</summary>
/// <param name="Phase">What is being done.</param>
/// <param name="DoneBytes">How much of that is done. Converting: bytes of the disk.</param>
/// <param name="TotalBytes">How much there is to do; null: not known.</param>
public sealed record IntakeProgress(IntakePhase Phase, long DoneBytes, long? TotalBytes);

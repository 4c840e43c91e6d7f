namespace Qvmc.Images;

/// <summary>How large images may be.</summary>
/// <param name="MaxBytes">Of a file: as it comes, decompressed, and as it is kept.</param>
/// <param name="MaxVirtualBytes">Of the disk that a guest sees.</param>
public sealed record ImageStoreLimits(long MaxBytes = 1L << 40, long MaxVirtualBytes = 64L << 40);

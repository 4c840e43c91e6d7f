namespace Qvmc.Images.Fetching;

/// <summary>From where on a file is wanted.</summary>
/// <param name="Offset">The first byte.</param>
/// <param name="Known">What the bytes before it are from.</param>
/// <param name="Checked">A checksum will tell in the end whether the bytes fit together, so they may be from several places.</param>
internal sealed record ResumePoint(long Offset, RemoteFile Known, bool Checked);

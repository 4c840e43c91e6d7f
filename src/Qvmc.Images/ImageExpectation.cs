using Qvmc.Protos.Image.V1;

namespace Qvmc.Images;

/// <summary>What the sender says of an image that is coming; all of it is checked.</summary>
/// <param name="Format">UNSPECIFIED: told from the bytes.</param>
/// <param name="Digest"><c>sha256:...</c>; null or empty: not known.</param>
/// <param name="SizeBytes">Null: not known.</param>
public sealed record ImageExpectation(ImageFormat Format = ImageFormat.Unspecified, string? Digest = null, long? SizeBytes = null);

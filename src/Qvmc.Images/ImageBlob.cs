using Qvmc.Protos.Image.V1;

namespace Qvmc.Images;

/// <summary>An image in the store.</summary>
/// <param name="Digest"><c>sha256:...</c></param>
/// <param name="Format">QCOW2 or RAW, as seen in its bytes.</param>
/// <param name="SizeBytes">Size of the file.</param>
/// <param name="VirtualSizeBytes">Size of the disk that a guest sees.</param>
public sealed record ImageBlob(string Digest, ImageFormat Format, long SizeBytes, long VirtualSizeBytes);

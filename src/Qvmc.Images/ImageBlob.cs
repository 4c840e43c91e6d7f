using Qvmc.Protos.Image.V1;

namespace Qvmc.Images;

/// <summary>An image in the store.</summary>
/// <param name="Digest">SHA-256 of the file in the store: <c>sha256:...</c></param>
/// <param name="Format">QCOW2 or ISO.</param>
/// <param name="SizeBytes">Size of the file.</param>
/// <param name="VirtualSizeBytes">Size of the disk that a guest sees.</param>
/// <param name="SourceFormat">What came: as seen in its bytes, once they were decompressed.</param>
/// <param name="SourceChecksum">
/// Of the bytes as they came: by the algorithm of the checksum that was expected, else SHA-256. Whoever asks for the same
/// bytes again can be told by it that they are here. Null: not known.
/// </param>
public sealed record ImageBlob(
    string Digest, ImageFormat Format, long SizeBytes, long VirtualSizeBytes, ImageFormat SourceFormat, Checksum? SourceChecksum);

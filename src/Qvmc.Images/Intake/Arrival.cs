using Qvmc.Images.Formats;

namespace Qvmc.Images.Intake;

/// <summary>What came, all of it, as announced. What is in it was not looked into yet, unless it is a raw disk.</summary>
/// <param name="Source">Checksum of the bytes as they came. Null: they became others, and nobody wants to know it.</param>
/// <param name="Digest">SHA-256 of the file that it was written to, decompressed if it had to be. Null: not known, for it became qcow2 on the way.</param>
/// <param name="Raw">The raw disk that became qcow2 on the way. Null: the file has the bytes of what came.</param>
internal sealed record Arrival(Checksum? Source, ImageDigest? Digest, ImageInspection? Raw = null);

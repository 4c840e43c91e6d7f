using Qvmc.Protos.Image.V1;

namespace Qvmc.Images;

/// <summary>What the sender says of an image that is coming; all of it is checked.</summary>
/// <param name="Format">What it is once it is decompressed. UNSPECIFIED: told from the bytes.</param>
/// <param name="Checksum">Of the bytes as they come, compressed or not. Null: not known.</param>
/// <param name="SizeBytes">How many bytes come. Null: not known.</param>
/// <param name="Progress">Is told how far the work is, on whatever thread does it. Null: nobody asks.</param>
/// <param name="RemembersSource">
/// Whether the checksum of the bytes as they come is wanted though none is given. Where it is not, those that become a file
/// of other bytes are not summed: half the processor's time that they take.
/// </param>
public sealed record ImageExpectation(
    ImageFormat Format = ImageFormat.Unspecified,
    Checksum? Checksum = null,
    long? SizeBytes = null,
    IProgress<IntakeProgress>? Progress = null,
    bool RemembersSource = true);

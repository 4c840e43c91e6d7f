namespace Qvmc.Images;

/// <summary>The parts of the work on an image that comes in, in their order. Not every image needs each of them.</summary>
public enum IntakePhase
{
    /// <summary>Its bytes come, are summed, and decompressed if they must be.</summary>
    Receiving,

    /// <summary>A disk of another format becomes qcow2.</summary>
    Converting,

    /// <summary>What was made of it is read for its digest.</summary>
    Summing,
}

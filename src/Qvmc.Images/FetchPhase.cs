namespace Qvmc.Images;

/// <summary>The parts of a fetch, in their order.</summary>
public enum FetchPhase
{
    /// <summary>Bytes come, or are asked for.</summary>
    Downloading,

    /// <summary>All bytes are here and, where there is a checksum, are what they should be; an image is made of them.</summary>
    Preparing,
}

namespace Qvmc.Controller.Images;

/// <summary>What a pull is at.</summary>
internal enum PullStep
{
    /// <summary>Waits until others have ended.</summary>
    Queued,

    /// <summary>Its bytes are coming.</summary>
    Downloading,

    /// <summary>Its bytes are being checked and converted.</summary>
    Preparing,
}

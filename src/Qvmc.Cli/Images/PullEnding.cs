namespace Qvmc.Cli.Images;

/// <summary>How the wait for a pull ended.</summary>
internal enum PullEnding
{
    /// <summary>The image is here.</summary>
    Done,

    /// <summary>The pull was given up.</summary>
    Failed,

    /// <summary>Somebody cancelled it, or deleted the image.</summary>
    Cancelled,

    /// <summary>Ctrl-C.</summary>
    Interrupted,
}

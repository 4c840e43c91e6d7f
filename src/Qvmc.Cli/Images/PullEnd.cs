using Qvmc.Protos.Image.V1;

namespace Qvmc.Cli.Images;

/// <summary>The end of the wait for a pull.</summary>
/// <param name="Ending">How it ended.</param>
/// <param name="Image">The image as it was last seen.</param>
internal sealed record PullEnd(PullEnding Ending, Image Image);

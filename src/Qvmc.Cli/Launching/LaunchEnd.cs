using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Launching;

/// <summary>The end of the wait for a launch.</summary>
/// <param name="Ending">How it ended.</param>
/// <param name="Instance">The instance as it was last seen.</param>
internal sealed record LaunchEnd(LaunchEnding Ending, Instance Instance);

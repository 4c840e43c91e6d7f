namespace Qvmc.Qmp;

/// <summary>What the agent says of itself.</summary>
/// <param name="Version">Its version, e.g. <c>7.2.0</c>.</param>
/// <param name="Commands">The commands that it knows and that are enabled.</param>
public sealed record QgaInfo(string Version, IReadOnlySet<string> Commands);

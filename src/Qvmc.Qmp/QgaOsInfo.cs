namespace Qvmc.Qmp;

/// <summary>The guest's operating system; null is what it doesn't tell. On Linux from os-release and uname.</summary>
/// <param name="Id">For programs, e.g. <c>debian</c>.</param>
/// <param name="Name">For people, without the version.</param>
/// <param name="PrettyName">For people, e.g. <c>Debian GNU/Linux 12 (bookworm)</c>.</param>
/// <param name="Version">For people, e.g. <c>12 (bookworm)</c>.</param>
/// <param name="VersionId">For programs, e.g. <c>12</c>.</param>
/// <param name="KernelRelease">E.g. <c>6.1.0-1-amd64</c>.</param>
/// <param name="KernelVersion">E.g. <c>#1 SMP Debian 6.1.1-1</c>.</param>
/// <param name="Machine">E.g. <c>x86_64</c>.</param>
public sealed record QgaOsInfo(
    string? Id, string? Name, string? PrettyName, string? Version, string? VersionId, string? KernelRelease, string? KernelVersion, string? Machine);

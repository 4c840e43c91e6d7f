using System.Runtime.InteropServices;

namespace Qvmc.Images.Catalogue;

/// <summary>Processors that images are for, as catalogues name them.</summary>
public static class ImageArch
{
    /// <summary>Every one that there is.</summary>
    public static IReadOnlyList<string> All { get; } = ["x86_64", "aarch64"];

    /// <summary>This machine's own.</summary>
    public static string Host => RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "aarch64" : "x86_64";

    /// <summary>Whether there is such a processor.</summary>
    public static bool Is(string arch) => All.Contains(arch, StringComparer.Ordinal);
}

using System.Text.RegularExpressions;
using Qvmc.Core.Instances;

namespace Qvmc.Core.CloudInit;

/// <summary>
/// Packages as the guests' own tools name them, perhaps with a version. They become arguments of those tools: none may
/// be an option, or mean that something is removed.
/// </summary>
internal static partial class PackageRules
{
    /// <summary>Why it is refused, or null.</summary>
    internal static string? Refuse(string package)
    {
        if (package.Length is 0 or > CloudInitLimits.MaxPackageLength)
        {
            return $"has {package.Length} characters; 1 to {CloudInitLimits.MaxPackageLength} are possible";
        }

        if (package[0] == '-')
        {
            return $"{Shown.Quote(package)} begins with '-', as options do";
        }

        if (package[^1] == '-')
        {
            return $"{Shown.Quote(package)} ends in '-', by which apt means that the package be removed";
        }

        return Shape().IsMatch(package)
            ? null
            : $"{Shown.Quote(package)} is no name of a package: use letters, digits and any of + - . _ : = ~ ^ / @ ( ), beginning with a letter, a digit or '@'";
    }

    // "g++", "vim=2:9.0.1378-2", "libc6:arm64", "nginx/stable-backports"; "gcc-c++", "@development-tools", "perl(URI)".
    [GeneratedRegex(@"^[A-Za-z0-9@][A-Za-z0-9+._:=~^/@()-]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Shape();
}

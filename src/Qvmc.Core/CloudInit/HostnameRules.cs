using Qvmc.Core.Instances;

namespace Qvmc.Core.CloudInit;

/// <summary>Names that a guest can be given: a host's alone, or with its domain.</summary>
internal static class HostnameRules
{
    /// <summary>Why it is refused, or null. An empty one is none.</summary>
    internal static string? Refuse(string name)
    {
        if (name.Length == 0)
        {
            return null;
        }

        if (name.Length > CloudInitLimits.MaxHostname)
        {
            return $"has {name.Length} characters; at most {CloudInitLimits.MaxHostname} are possible";
        }

        var labels = name.Split('.');
        if (!Array.TrueForAll(labels, IsLabel))
        {
            return $"{Shown.Quote(name)} is no DNS name: use 1 to 63 letters, digits and '-' between dots, each part beginning and ending with a letter or digit";
        }

        // RFC 1123, 2.1: that is how names are told from addresses.
        return labels.Length > 1 && labels[^1].All(char.IsAsciiDigit)
            ? $"{Shown.Quote(name)} ends in a number, as addresses do; a domain does not"
            : null;
    }

    // Capitals are as good as small letters; a sign that only turns into one when it is made small is none.
    private static bool IsLabel(string label) => label.All(char.IsAscii) && DnsLabel.Is(label.ToLowerInvariant());
}

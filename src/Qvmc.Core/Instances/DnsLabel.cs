namespace Qvmc.Core.Instances;

/// <summary>RFC 1123 labels: what instances, hosts and networks are named by.</summary>
public static class DnsLabel
{
    /// <summary>Longest label, by RFC 1035.</summary>
    public const int MaxLength = 63;

    /// <summary>Whether <paramref name="value"/> is 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit.</summary>
    public static bool Is(string value)
    {
        if (value.Length is 0 or > MaxLength || value[0] == '-' || value[^1] == '-')
        {
            return false;
        }

        foreach (var c in value)
        {
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-')
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>What is wrong with <paramref name="value"/> as a sentence; null when nothing is.</summary>
    public static string? Fault(string value) => Is(value)
        ? null
        : $"{Shown.Quote(value)} is not allowed: use 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit";
}

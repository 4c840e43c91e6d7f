using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Qvmc.Images.Fetching;

/// <summary>A line of a list of checksums.</summary>
/// <param name="Name">The file it speaks of, perhaps with directories; null when the line is nothing but digits.</param>
/// <param name="Checksum">What it says.</param>
internal sealed record ChecksumLine(string? Name, Checksum Checksum)
{
    private static readonly char[] Blanks = [' ', '\t'];

    /// <summary>Whether a line speaks of SHA-256 or SHA-512.</summary>
    internal static bool TryParse(string line, [NotNullWhen(true)] out ChecksumLine? parsed)
    {
        // Of a clear-signed message: a line that begins with a dash has "- " before it.
        line = line.StartsWith("- ", StringComparison.Ordinal) ? line[2..] : line;

        // A backslash at the beginning says that there are escapes in the name.
        var escaped = line.StartsWith('\\');
        parsed = Gnu(escaped ? line[1..] : line) ?? Bsd(escaped ? line[1..] : line);
        if (parsed is { Name: not null } && escaped)
        {
            parsed = parsed with { Name = Unescape(parsed.Name) };
        }

        return parsed is not null;
    }

    /// <summary>How many parts of the path agree, from the end: 0 when the file's own name does not.</summary>
    internal int Agreement(string[] path)
    {
        var own = Name!.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var count = 0;
        while (count < own.Length && count < path.Length && own[^(count + 1)] == path[^(count + 1)])
        {
            count++;
        }

        return count;
    }

    // "HEX  name", "HEX *name" (binary mode), or "HEX" alone.
    private static ChecksumLine? Gnu(string line)
    {
        var end = line.IndexOfAny(Blanks);
        var hex = end < 0 ? line : line[..end];
        if (Of(hex) is not { } checksum)
        {
            return null;
        }

        var name = end < 0 ? "" : line[end..].TrimStart(Blanks);
        name = name.StartsWith('*') ? name[1..] : name;
        return new ChecksumLine(name.Length == 0 ? null : name, checksum);
    }

    // "SHA256 (name) = HEX" by BSD's tools and sha256sum --tag, "SHA2-256(name)= HEX" by openssl. The name may have
    // parentheses in it: the last ones count.
    private static ChecksumLine? Bsd(string line)
    {
        var open = line.IndexOf('(', StringComparison.Ordinal);
        var close = line.LastIndexOf(')');
        if (open < 0 || close < open || line[(close + 1)..].TrimStart(Blanks) is not ['=', .. var digits])
        {
            return null;
        }

        var length = line[..open].TrimEnd(Blanks).ToUpperInvariant() switch
        {
            "SHA256" or "SHA2-256" => 64,
            "SHA512" or "SHA2-512" => 128,
            _ => 0,
        };
        var hex = digits.Trim(Blanks);
        return hex.Length == length && Of(hex) is { } checksum ? new ChecksumLine(line[(open + 1)..close], checksum) : null;
    }

    private static Checksum? Of(string hex) => Checksum.TryParse($"{(hex.Length == 64 ? "sha256" : "sha512")}:{hex}", out var checksum) ? checksum : null;

    private static string Unescape(string name)
    {
        var plain = new StringBuilder(name.Length);
        for (var i = 0; i < name.Length; i++)
        {
            var next = name[i] == '\\' && i + 1 < name.Length ? name[++i] : '\0';
            _ = next switch
            {
                '\0' => plain.Append(name[i]),
                'n' => plain.Append('\n'),
                'r' => plain.Append('\r'),
                _ => plain.Append(next),
            };
        }

        return plain.ToString();
    }
}

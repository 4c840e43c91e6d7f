using System.Text;

namespace Qvmc.Cli.Output;

/// <summary>
/// Text that came from a guest or a server, made harmless for a terminal: an escape sequence in a guest's host name must not
/// move anybody's cursor.
/// </summary>
internal static class Plain
{
    /// <summary>One line: control characters become spaces.</summary>
    public static string Line(string text) => text.AsSpan().ContainsAnyInRange('\0', '\u001f') || text.Any(char.IsControl)
        ? string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c))
        : text;

    /// <summary>Several lines: control characters other than tab and line feed are dropped; ends with a line feed unless empty.</summary>
    public static string Lines(string text)
    {
        var clean = new StringBuilder(text.Length + 1);
        foreach (var c in text)
        {
            if (c is '\n' or '\t' || !char.IsControl(c))
            {
                clean.Append(c);
            }
        }

        if (clean.Length > 0 && clean[^1] != '\n')
        {
            clean.Append('\n');
        }

        return clean.ToString();
    }

    /// <summary>The last <paramref name="count"/> lines of a text, without empty ones at its end.</summary>
    public static IReadOnlyList<string> Tail(string text, int count)
    {
        var lines = Lines(text).Trim('\n').TrimEnd().Split('\n', StringSplitOptions.None);
        return lines is [""] ? [] : lines[Math.Max(0, lines.Length - count)..];
    }
}

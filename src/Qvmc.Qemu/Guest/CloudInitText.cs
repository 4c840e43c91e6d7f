using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Qvmc.Qemu.Guest;

/// <summary>A guest's words about its cloud-init, made fit to be shown: on one line, bounded, and not able to drive a terminal.</summary>
internal static partial class CloudInitText
{
    /// <summary>Longest message of a condition, in characters.</summary>
    internal const int MaxMessage = 1024;

    private const int MaxItem = 400;
    private const int MaxShown = 3;

    /// <summary>One line: what can't be seen becomes a space, and spaces become one.</summary>
    internal static string Clean(string text, int maxLength)
    {
        var clean = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            var shown = Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned || rune == SpaceRune ? SpaceRune : rune;
            if (shown == SpaceRune && (clean.Length == 0 || clean[^1] == ' '))
            {
                continue;
            }

            if (clean.Length + shown.Utf16SequenceLength > maxLength - 3)
            {
                return clean.Append("...").ToString();
            }

            clean.Append(shown);
        }

        return clean.ToString().TrimEnd();
    }

    /// <summary>
    /// An error as cloud-init lists it. Of a module it is a pair as Python prints it:
    /// <c>('scripts_user', RuntimeError('Runparts: 1 failures (runcmd) in 1 attempted commands'))</c>.
    /// </summary>
    internal static string OfError(string error, string stage)
    {
        var pair = Pair().Match(error);
        var (module, text) = pair.Success ? (pair.Groups["module"].Value, Unquote(pair.Groups["text"].Value)) : ("", error);
        var where = (module, stage) switch
        {
            ("", "") => "",
            ("", _) => $"{stage}: ",
            (_, "") => $"{module}: ",
            _ => $"{module} ({stage}): ",
        };
        return Clean(where + Unescape(text), MaxItem);
    }

    /// <summary>The first few in one message.</summary>
    internal static string Join(IReadOnlyCollection<string> items)
    {
        var rest = items.Count > MaxShown ? $"; and {items.Count - MaxShown} more" : "";
        return Clean(string.Join("; ", items.Take(MaxShown)), MaxMessage - rest.Length) + rest;
    }

    private static Rune SpaceRune => new(' ');

    // Python before 3.7 printed a comma after the exception's text.
    private static string Unquote(string text)
    {
        var bare = text.TrimEnd(',');
        return bare is ['"', .., '"'] or ['\'', .., '\''] ? bare[1..^1] : text;
    }

    private static string Unescape(string text) => text.Replace("\\n", " ", StringComparison.Ordinal).Replace("\\'", "'", StringComparison.Ordinal);

    [GeneratedRegex(@"^\('(?<module>[\w-]{1,100})', [\w.]{1,100}\((?<text>.*)\)\)\z", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Pair();
}

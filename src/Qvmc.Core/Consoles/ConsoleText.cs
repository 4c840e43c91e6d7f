using System.Text;
using System.Text.RegularExpressions;

namespace Qvmc.Core.Consoles;

/// <summary>Makes text that is safe to show out of what a guest or QEMU wrote.</summary>
public static partial class ConsoleText
{
    /// <summary>
    /// UTF-8 without terminal escape sequences, with U+FFFD in place of bytes that are not valid and of control
    /// characters other than tab and line feed: a guest must not be able to drive the terminal of whoever looks at its
    /// console. The carriage return of a line's end goes; so does the rest of a character that the beginning of
    /// <paramref name="data"/> was cut off from.
    /// </summary>
    public static string Clean(ReadOnlySpan<byte> data)
    {
        // Continuation bytes are 10xxxxxx; a character has at most three.
        for (var i = 0; i < 3 && data.Length > 0 && (data[0] & 0xC0) == 0x80; i++)
        {
            data = data[1..];
        }

        var text = new StringBuilder(EscapeSequences().Replace(Encoding.UTF8.GetString(data), "")).Replace("\r\n", "\n");
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsControl(text[i]) && text[i] is not ('\t' or '\n'))
            {
                text[i] = '\uFFFD';
            }
        }

        return text.ToString();
    }

    // ECMA-48: CSI sequences, OSC strings up to BEL or ST, two-character escapes.
    [GeneratedRegex(@"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_=>78])")]
    private static partial Regex EscapeSequences();
}

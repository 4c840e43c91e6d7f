using System.Text;

namespace Qvmc.Controller.Verbs;

/// <summary>A console's bytes as text that a terminal or a page can show without being told what to do by the guest.</summary>
internal static class ConsoleText
{
    /// <summary>
    /// UTF-8, with U+FFFD in place of bytes that are not and of control characters other than tab and line feed. The
    /// carriage return of a line's end goes; the rest of a character that the beginning was cut off from, too.
    /// </summary>
    public static string Clean(ReadOnlySpan<byte> data)
    {
        // Continuation bytes are 10xxxxxx; a character has at most three.
        for (var i = 0; i < 3 && data.Length > 0 && (data[0] & 0xC0) == 0x80; i++)
        {
            data = data[1..];
        }

        var text = new StringBuilder(Encoding.UTF8.GetString(data)).Replace("\r\n", "\n");
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsControl(text[i]) && text[i] is not ('\t' or '\n'))
            {
                text[i] = '\uFFFD';
            }
        }

        return text.ToString();
    }
}

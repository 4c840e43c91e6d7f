using System.Text;
using System.Text.RegularExpressions;

namespace Qvmc.Qemu.Consoles;

/// <summary>Makes text that is safe to show out of what a guest or QEMU wrote.</summary>
public static partial class ConsoleText
{
    /// <summary>
    /// UTF-8 with what is not valid replaced, without escape sequences and control characters other than tab and line
    /// feed: a guest must not be able to drive the terminal of whoever looks at its console.
    /// </summary>
    public static string Clean(ReadOnlySpan<byte> data)
    {
        var text = EscapeSequences().Replace(Encoding.UTF8.GetString(data), "").Replace("\r\n", "\n", StringComparison.Ordinal);
        return string.Concat(text.Where(c => c is '\n' or '\t' || !char.IsControl(c)));
    }

    // ECMA-48: CSI sequences, OSC strings up to BEL or ST, two-character escapes.
    [GeneratedRegex(@"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_=>78])")]
    private static partial Regex EscapeSequences();
}

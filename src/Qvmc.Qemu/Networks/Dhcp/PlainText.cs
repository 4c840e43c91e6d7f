namespace Qvmc.Qemu.Networks.Dhcp;

/// <summary>Keeps what comes from elsewhere from being more than a part of a line. Rules of names and settings let no such thing come.</summary>
internal static class PlainText
{
    /// <summary>The same text.</summary>
    /// <exception cref="ArgumentException">It holds a control character.</exception>
    internal static string Check(string line) => line.Any(char.IsControl)
        ? throw new ArgumentException($"a control character in \"{line}\"", nameof(line))
        : line;

    /// <summary>The same text.</summary>
    /// <exception cref="ArgumentException">It is empty, or holds anything but letters, digits and <c>.-_:</c>.</exception>
    internal static string CheckWord(string word) => word.Length == 0 || !word.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or ':')
        ? throw new ArgumentException($"\"{word}\" is no name or address", nameof(word))
        : word;
}

using System.Text;

namespace Qvmc.Core.Instances;

/// <summary>Strings from outside as messages show them: quoted, on one line, and of bounded length.</summary>
public static class Shown
{
    private const int LongestShown = 80;

    /// <summary>
    /// <paramref name="value"/> between quotes. Control characters become <c>\u....</c>; of more than 80 characters
    /// the first 80 are shown, and how many there are.
    /// </summary>
    public static string Quote(string value)
    {
        var text = new StringBuilder(value.Length + 2).Append('"');
        foreach (var c in value.AsSpan(0, Math.Min(value.Length, LongestShown)))
        {
            _ = char.IsControl(c) || char.IsSurrogate(c) || c is '"' or '\\'
                ? text.Append("\\u").Append(((int)c).ToString("x4"))
                : text.Append(c);
        }

        return value.Length <= LongestShown
            ? text.Append('"').ToString()
            : text.Append("...\" (").Append(value.Length).Append(" characters)").ToString();
    }

    /// <summary>An enum's value as the protos name it, without the prefix: <c>AGENT_SHUTDOWN</c>.</summary>
    public static string Name<T>(T value)
        where T : struct, Enum =>
        string.Concat(value.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? $"_{c}" : $"{char.ToUpperInvariant(c)}"));

    /// <summary>At most <paramref name="most"/> of <paramref name="names"/>, quoted: <c>"a", "b" and 3 more</c>.</summary>
    public static string Some(IReadOnlyCollection<string> names, int most = 10)
    {
        var list = string.Join(", ", names.Take(most).Select(Quote));
        return names.Count <= most ? list : $"{list} and {names.Count - most} more";
    }
}

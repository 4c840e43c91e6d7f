namespace Qvmc.Core.CloudInit;

/// <summary>A value in a YAML document, and where it stands.</summary>
internal sealed class YamlValue(YamlKind kind, long line, long column)
{
    private readonly List<(YamlValue Key, YamlValue Value)> _entries = [];

    internal YamlKind Kind { get; } = kind;

    /// <summary>Of a scalar; else null.</summary>
    internal string? Text { get; init; }

    /// <summary><c>line 3, column 5</c>, both from 1.</summary>
    internal string Place { get; } = $"line {line}, column {column}";

    /// <summary>How many values this is when aliases are replaced by what they stand for.</summary>
    internal long Weight { get; set; } = 1;

    /// <summary>The value of a mapping's key, or null.</summary>
    internal YamlValue? this[string key] => _entries.FirstOrDefault(e => e.Key.Text == key).Value;

    internal void Add(YamlValue key, YamlValue value) => _entries.Add((key, value));

    /// <summary>A key that is given twice; cloud-init would drop the first without a word.</summary>
    internal string? Repeated() => _entries
        .Where(e => e.Key.Text is not null)
        .GroupBy(e => e.Key.Text, StringComparer.Ordinal)
        .Where(g => g.Count() > 1)
        .Select(g => $"{g.ElementAt(1).Key.Place}: \"{g.Key}\" is given a second time, and the first ({g.First().Key.Place}) would be dropped")
        .FirstOrDefault();
}

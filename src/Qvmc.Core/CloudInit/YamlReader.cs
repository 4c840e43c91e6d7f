using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Qvmc.Core.CloudInit;

/// <summary>
/// Reads one YAML document from its parser's events. Bounded, because it is anybody's text: depth, number of values,
/// and what aliases would grow to (they are never expanded here, but the guest's reader may).
/// </summary>
internal sealed class YamlReader
{
    internal const int MaxDepth = 50;
    internal const int MaxValues = 100_000;
    internal const long MaxWeight = 1_000_000;

    private readonly Parser _parser;
    private readonly Dictionary<string, YamlValue> _anchors = new(StringComparer.Ordinal);
    private int _values;

    private YamlReader(string text) => _parser = new Parser(new StringReader(text));

    /// <summary>The document's value, null when it is empty; or what is wrong and where.</summary>
    internal static (YamlValue? Root, string? Fault) Read(string text)
    {
        if (Unprintable(text) is { } place)
        {
            return (null, $"{place}: a character that YAML does not allow");
        }

        var reader = new YamlReader(text);
        try
        {
            return (reader.ReadDocument(), null);
        }
        catch (YamlException e)
        {
            return (null, $"{TabPlace(text, e) ?? $"line {e.Start.Line}, column {e.Start.Column}"}: {e.Message.TrimEnd('.')}");
        }

        // YamlDotNet's parser meets some faulty texts (a flow sequence that is not closed, for one) with these, and
        // without a place: the last one that it understood is named.
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or EndOfStreamException or IndexOutOfRangeException)
        {
            var end = reader._parser.Current?.End ?? Mark.Empty;
            return (null, $"line {Math.Max(1, end.Line)}, column {Math.Max(1, end.Column)}: no valid YAML follows here");
        }
    }

    private YamlValue? ReadDocument()
    {
        _parser.Consume<StreamStart>();
        if (_parser.TryConsume<StreamEnd>(out _))
        {
            return null;
        }

        _parser.Consume<DocumentStart>();
        var isEmpty = _parser.Accept<Scalar>(out var scalar) && scalar is { IsPlainImplicit: true, Value: "" };
        var root = ReadValue(1);
        _parser.Consume<DocumentEnd>();
        if (_parser.Accept<DocumentStart>(out var second))
        {
            throw new YamlException(second.Start, second.End, "a second document begins, and only one is read");
        }

        _parser.Consume<StreamEnd>();
        return isEmpty ? null : root;
    }

    private YamlValue ReadValue(int depth)
    {
        var at = _parser.Consume<ParsingEvent>();
        if (depth > MaxDepth)
        {
            throw new YamlException(at.Start, at.End, $"nested deeper than {MaxDepth} levels");
        }

        if (++_values > MaxValues)
        {
            throw new YamlException(at.Start, at.End, $"more than {MaxValues} values");
        }

        var value = at switch
        {
            AnchorAlias alias => Resolve(alias),
            Scalar scalar => Make(scalar, YamlKind.Scalar, scalar.Value),
            SequenceStart => ReadSequence(at, depth),
            _ => ReadMapping(at, depth),
        };
        if (value.Weight > MaxWeight)
        {
            throw new YamlException(at.Start, at.End, $"more than {MaxWeight} values when its aliases are expanded");
        }

        // Known from here on: an alias within itself would have no end.
        if (at is NodeEvent { Anchor: { IsEmpty: false } anchor })
        {
            _anchors[anchor.Value] = value;
        }

        return value;
    }

    private YamlValue ReadSequence(ParsingEvent at, int depth)
    {
        var sequence = Make(at, YamlKind.Sequence);
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            sequence.Weight += ReadValue(depth + 1).Weight;
        }

        return sequence;
    }

    private YamlValue ReadMapping(ParsingEvent at, int depth)
    {
        var mapping = Make(at, YamlKind.Mapping);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var key = ReadValue(depth + 1);
            var value = ReadValue(depth + 1);
            mapping.Weight += key.Weight + value.Weight;
            mapping.Add(key, value);
        }

        return mapping;
    }

    private YamlValue Resolve(AnchorAlias alias) => _anchors.TryGetValue(alias.Value.Value, out var value)
        ? value
        : throw new YamlException(alias.Start, alias.End, $"the alias *{alias.Value.Value} has no anchor before it");

    private static YamlValue Make(ParsingEvent at, YamlKind kind, string? text = null) => new(kind, at.Start.Line, at.Start.Column) { Text = text };

    // For a tab in the indentation YamlDotNet names the place where the mapping around it began.
    private static string? TabPlace(string text, YamlException e)
    {
        if (!e.Message.Contains("tab as indentation", StringComparison.Ordinal))
        {
            return null;
        }

        var lines = text.Split('\n');
        var line = Array.FindIndex(lines, l => l.AsSpan(0, l.Length - l.AsSpan().TrimStart().Length).Contains('\t'));
        return line < 0 ? null : $"line {line + 1}, column {lines[line].IndexOf('\t', StringComparison.Ordinal) + 1}";
    }

    // YAML 1.1, 5.1, as PyYAML holds it: no control characters but tab and line ends.
    private static string? Unprintable(string text)
    {
        var (line, column) = (1, 1);
        foreach (var c in text)
        {
            if (c is (< ' ' and not ('\t' or '\n' or '\r')) or (>= '\x7f' and < '\xa0' and not '\x85') or '\ufffe' or '\uffff')
            {
                return $"line {line}, column {column}";
            }

            (line, column) = c == '\n' ? (line + 1, 1) : (line, column + 1);
        }

        return null;
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Qvmc.Cli.Output;

/// <summary>
/// JSON as YAML. A string that some YAML reader could take for something else (true, no, 1e3, 2024-01-01, ~) is quoted, so
/// that every reader gets back the strings that were given.
/// </summary>
internal static class YamlText
{
    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase) { "true", "false", "yes", "no", "on", "off", "y", "n", "null" };

    /// <summary>A document; ends with a line feed.</summary>
    public static string Of(JsonNode? node)
    {
        var text = new StringWriter { NewLine = "\n" };
        var emitter = new Emitter(text, EmitterSettings.Default.WithIndentedSequences().WithNewLine("\n"));
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(null, [], isImplicit: true));
        Emit(emitter, node);
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return text.ToString();
    }

    private static void Emit(Emitter emitter, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject properties:
                emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, true, properties.Count == 0 ? MappingStyle.Flow : MappingStyle.Block));
                foreach (var (name, value) in properties)
                {
                    Emit(emitter, name);
                    Emit(emitter, value);
                }

                emitter.Emit(new MappingEnd());
                break;
            case JsonArray items:
                emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, true, items.Count == 0 ? SequenceStyle.Flow : SequenceStyle.Block));
                foreach (var item in items)
                {
                    Emit(emitter, item);
                }

                emitter.Emit(new SequenceEnd());
                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                Emit(emitter, value.GetValue<string>());
                break;
            default:
                emitter.Emit(Scalar(node?.ToJsonString() ?? "null", ScalarStyle.Plain));
                break;
        }
    }

    private static void Emit(Emitter emitter, string text) => emitter.Emit(Scalar(text, StyleOf(text)));

    private static Scalar Scalar(string text, ScalarStyle style) => new(AnchorName.Empty, TagName.Empty, text, style, true, true);

    private static ScalarStyle StyleOf(string text)
    {
        // A literal block can't hold control characters, and its indentation is guessed from the first line.
        var isBlock = text.Contains('\n', StringComparison.Ordinal)
            && !char.IsWhiteSpace(text[0])
            && !text.Split('\n').Any(line => line.EndsWith(' ') || line.EndsWith('\t'))
            && text.All(c => c == '\n' || c is >= ' ' and < '\u007f');
        if (isBlock)
        {
            return ScalarStyle.Literal;
        }

        var isPlain = text.Length > 0
            && (char.IsAsciiLetter(text[0]) || text[0] == '/')
            && !text.EndsWith(' ')
            && !text.EndsWith(':')
            && text.All(c => char.IsAsciiLetterOrDigit(c) || "_-./ :+@=,()".Contains(c, StringComparison.Ordinal))
            && !text.Contains(": ", StringComparison.Ordinal)
            && !Reserved.Contains(text);
        return isPlain ? ScalarStyle.Plain : ScalarStyle.DoubleQuoted;
    }
}

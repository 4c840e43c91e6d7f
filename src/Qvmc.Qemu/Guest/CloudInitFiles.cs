using System.Text;
using System.Text.Json;
using Qvmc.Core.Instances;

namespace Qvmc.Qemu.Guest;

/// <summary>
/// What cloud-init writes to status.json and result.json (cloudinit/cmd/main.py, status_wrapper), from version 0.7 on.
/// </summary>
/// <remarks>
/// <code>
/// status.json  {"v1": {"datasource": ..., "stage": "modules-final" or null between stages,
///                      "modules-final": {"errors": [TEXT], "recoverable_errors": {"WARNING": [TEXT]}, "start": ..., "finished": ...}, ...}}
/// result.json  {"v1": {"datasource": ..., "errors": [TEXT]}}: when all stages have ended
/// </code>
/// Recoverable errors are there since 23.4; cloud-init itself counts a run with them as done. A guest can write what it
/// likes: sizes and depth are bounded, and whatever is of another type is passed over.
/// </remarks>
internal static class CloudInitFiles
{
    /// <summary>Largest file that is looked at.</summary>
    internal const int MaxBytes = 256 << 10;

    private const int MaxItems = 100;
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 16 };

    /// <summary>All stages have ended.</summary>
    internal static CloudInitReport Ended(byte[] result, byte[] status)
    {
        if (Read(result) is not { } ended)
        {
            return new CloudInitReport(CloudInitReasons.Error, result.Length > MaxBytes
                ? $"its result.json has more than {MaxBytes >> 10} KiB"
                : "its result.json is not what cloud-init writes");
        }

        // The status tells the stage of each error.
        var failed = new List<string>();
        var warnings = new List<string>();
        var told = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (stage, value) in Stages(Read(status)))
        {
            foreach (var error in Texts(Member(value, "errors")).Where(told.Add))
            {
                failed.Add(CloudInitText.OfError(error, stage));
            }

            // Killed: what comes after it runs all the same, and the result knows nothing of it.
            if (Member(value, "start") is { ValueKind: JsonValueKind.Number } && Member(value, "finished") is not { ValueKind: JsonValueKind.Number })
            {
                failed.Add($"{stage}: it began and did not come to its end");
            }

            warnings.AddRange(Warnings(Member(value, "recoverable_errors")));
        }

        failed.AddRange(Texts(Member(ended, "errors")).Where(told.Add).Select(error => CloudInitText.OfError(error, "")));
        return failed.Count > 0
            ? new CloudInitReport(CloudInitReasons.Error, CloudInitText.Join(failed))
            : new CloudInitReport(CloudInitReasons.Done, CloudInitText.Join(warnings));
    }

    /// <summary>It works, or stands between two stages.</summary>
    internal static CloudInitReport Working(byte[] status)
    {
        var message = Read(status) is not { } v1 ? "stage not known"
            : Member(v1, "stage") is { ValueKind: JsonValueKind.String } stage ? $"stage {CloudInitText.Clean(Text(stage), 40)}"
            : "between two stages";
        return new CloudInitReport(CloudInitReasons.Running, message);
    }

    // Null: it is no such file, or not yet.
    private static JsonElement? Read(byte[] json)
    {
        if (json.Length > MaxBytes)
        {
            return null;
        }

        try
        {
            // As text, so that bytes which are not valid UTF-8 are replaced.
            using var document = JsonDocument.Parse(Encoding.UTF8.GetString(json), Options);
            return Member(document.RootElement, "v1") is { ValueKind: JsonValueKind.Object } v1 ? v1.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JsonElement? Member(JsonElement? element, string name)
    {
        try
        {
            return element is { ValueKind: JsonValueKind.Object } value && value.TryGetProperty(name, out var member) ? member : null;
        }
        catch (InvalidOperationException)
        {
            // One of its names is no text: see Text.
            return null;
        }
    }

    // In the order in which they run; versions have differed in which there are.
    private static IEnumerable<(string Name, JsonElement Value)> Stages(JsonElement? v1) =>
        new[] { "init-local", "init", "modules-init", "modules-config", "modules-final" }
            .Select(name => (name, Value: Member(v1, name)))
            .Where(stage => stage.Value is not null)
            .Select(stage => (stage.name, stage.Value!.Value));

    private static IEnumerable<string> Warnings(JsonElement? levels) => levels is not { ValueKind: JsonValueKind.Object } value
        ? []
        : value.EnumerateObject().Take(MaxItems).SelectMany(level => Texts(level.Value).Select(text => CloudInitText.OfError($"{Name(level)}: {text}", "")));

    private static IEnumerable<string> Texts(JsonElement? list) => list is not { ValueKind: JsonValueKind.Array } value
        ? []
        : value.EnumerateArray().Take(MaxItems).Where(item => item.ValueKind == JsonValueKind.String).Select(Text);

    // Python writes bytes that were no text as halves of surrogate pairs, which are no characters.
    private static string Text(JsonElement text)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return text.GetRawText().Trim('"');
        }
    }

    private static string Name(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return "?";
        }
    }
}

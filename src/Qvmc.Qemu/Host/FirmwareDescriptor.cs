using System.Text.Json;
using System.Text.Json.Nodes;

namespace Qvmc.Qemu.Host;

/// <summary>
/// One of the files by which packages tell what firmware there is (QEMU's docs/interop/firmware.json): for which machines
/// it is, and where its parts lie.
/// </summary>
internal static class FirmwareDescriptor
{
    // What would need more of a machine than ours have, or run only what somebody has signed.
    private static readonly string[] Unwanted = ["requires-smm", "secure-boot", "enrolled-keys"];

    /// <summary>The firmware that it tells of; null: it is for other machines, of another kind, or makes no sense.</summary>
    /// <param name="text">The file.</param>
    /// <param name="architecture">The guests'.</param>
    /// <param name="machineType">Their versioned machine type.</param>
    internal static Firmware? Parse(string text, string architecture, string machineType)
    {
        try
        {
            var root = JsonNode.Parse(text);
            var mapping = root?["mapping"];
            return Texts(root?["interface-types"]).Contains("uefi")
                && Text(mapping?["device"]) == "flash"
                && Text(mapping?["mode"]) is null or "split"
                && !Texts(root?["features"]).Intersect(Unwanted).Any()
                && (root?["targets"] as JsonArray ?? []).Any(t => Text(t?["architecture"]) == architecture && Texts(t?["machines"]).Any(pattern => Matches(pattern, machineType)))
                && Part(mapping?["executable"]) is { } code
                && Part(mapping?["nvram-template"]) is { } variables
                ? new Firmware(code.File, code.Format, variables.File, variables.Format)
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static (string File, string Format)? Part(JsonNode? part) =>
        Text(part?["filename"]) is { } file && Path.IsPathRooted(file) && Text(part?["format"]) is "raw" or "qcow2" ? (file, Text(part?["format"])!) : null;

    // "virt-*": a prefix is all that these files ever have.
    private static bool Matches(string pattern, string machineType) =>
        pattern.EndsWith('*') ? machineType.StartsWith(pattern[..^1], StringComparison.Ordinal) : machineType == pattern;

    private static IEnumerable<string> Texts(JsonNode? array) => (array as JsonArray ?? []).Select(Text).OfType<string>();

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}

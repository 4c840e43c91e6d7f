using System.Text.Json.Nodes;
using Google.Protobuf;

namespace Qvmc.Cli.Output;

/// <summary>Messages as JSON: canonical protobuf JSON (lowerCamelCase names, enum names), as the HTTP interface has it.</summary>
internal static class ProtoJson
{
    /// <summary>A message as a JSON object.</summary>
    public static JsonNode Of(IMessage message) => JsonNode.Parse(JsonFormatter.Default.Format(message))!;

    /// <summary>Messages as a JSON array.</summary>
    public static JsonArray Of(IEnumerable<IMessage> messages) => new([.. messages.Select(Of)]);
}

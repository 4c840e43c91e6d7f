using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Qvmc.Cli.Output;

/// <summary>JSON as text, for people and programs; nothing here is ever put into HTML.</summary>
internal static class JsonText
{
    /// <summary>JSON over several lines.</summary>
    public static string Indented(JsonNode? node) => Write(node, indented: true);

    /// <summary>JSON in one line.</summary>
    public static string Line(JsonNode? node) => Write(node, indented: false);

    private static string Write(JsonNode? node, bool indented)
    {
        var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = indented, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            if (node is null)
            {
                writer.WriteNullValue();
            }
            else
            {
                node.WriteTo(writer);
            }
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }
}

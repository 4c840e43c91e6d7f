using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Qvmc.Qmp;

/// <summary>Writes a command as QEMU and its agent read it.</summary>
internal static class CommandWriter
{
    /// <summary>Appends <c>{"execute": ..., "arguments": ..., "id": ...}</c> and a newline, in ASCII.</summary>
    public static void Write(IBufferWriter<byte> output, string command, JsonObject? arguments, long? id)
    {
        using (var writer = new Utf8JsonWriter(output))
        {
            writer.WriteStartObject();
            writer.WriteString("execute"u8, command);
            if (arguments is not null)
            {
                writer.WritePropertyName("arguments"u8);
                arguments.WriteTo(writer);
            }
            if (id is { } number)
            {
                writer.WriteNumber("id"u8, number);
            }
            writer.WriteEndObject();
        }
        output.Write("\n"u8);
    }
}

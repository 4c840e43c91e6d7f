using System.Text.Json;

namespace Qvmc.Qmp;

/// <summary>What <see cref="MessageReader"/> found next.</summary>
/// <param name="Kind">Which of the three.</param>
/// <param name="Element">The message: always a JSON object. Only for <see cref="MessageKind.Message"/>.</param>
/// <param name="Bytes">Length of the line, or of the half line that the end cut off.</param>
/// <param name="Violation">What is wrong with the line. Only for <see cref="MessageKind.Violation"/>.</param>
internal readonly record struct MessageRead(MessageKind Kind, JsonElement Element, long Bytes, string Violation)
{
    public static MessageRead Message(JsonElement element, long bytes) => new(MessageKind.Message, element, bytes, "");

    public static MessageRead Fault(string violation, long bytes) => new(MessageKind.Violation, default, bytes, violation);

    public static MessageRead End(long bytes) => new(MessageKind.End, default, bytes, "");
}

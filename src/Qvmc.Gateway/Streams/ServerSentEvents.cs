using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Qvmc.Gateway.Problems;
using Qvmc.Gateway.Transcoding;

namespace Qvmc.Gateway.Streams;

/// <summary>
/// Server-sent events (text/event-stream). Of a message, its resume_token becomes the id and its type the event's
/// name in lower case without the common prefix: <c>event: changed</c>.
/// </summary>
internal sealed class ServerSentEvents(MessageDescriptor type) : IStreamFormat
{
    private readonly FieldDescriptor? _token = type.FindFieldByName("resume_token");
    private readonly FieldDescriptor? _type = type.FindFieldByName("type") is { FieldType: FieldType.Enum } field ? field : null;

    public string ContentType => "text/event-stream; charset=utf-8";

    // A browser connects again so many milliseconds after it lost us.
    public ReadOnlyMemory<byte> Opening { get; } = "retry: 1000\n\n"u8.ToArray();

    public ReadOnlyMemory<byte> Heartbeat { get; } = ":\n\n"u8.ToArray();

    public ReadOnlyMemory<byte> Format(IMessage message)
    {
        var text = new StringBuilder();
        var name = EventName(message);
        var token = (string?)_token?.Accessor.GetValue(message);
        // An empty id makes a browser forget the last one: after a resync it is to begin again.
        if (!string.IsNullOrEmpty(token) || name == "resync")
        {
            text.Append("id: ").Append(token?.ReplaceLineEndings("")).Append('\n');
        }
        if (name is not null)
        {
            text.Append("event: ").Append(name).Append('\n');
        }
        return Data(text, ResponseWriter.ToJson(message));
    }

    public ReadOnlyMemory<byte> Format(Problem problem, string path) => Data(new StringBuilder("event: error\n"), problem.ToJson(path).Span);

    private static byte[] Data(StringBuilder head, ReadOnlySpan<byte> json) => [.. Encoding.UTF8.GetBytes(head.Append("data: ").ToString()), .. json, .. "\n\n"u8];

    private string? EventName(IMessage message)
    {
        if (_type?.EnumType is not { } type)
        {
            return null;
        }
        var prefix = type.Values[0].Name.Replace("UNSPECIFIED", "", StringComparison.Ordinal);
        var name = type.FindValueByNumber((int)_type.Accessor.GetValue(message))?.Name ?? type.Values[0].Name;
        return name[prefix.Length..].ToLowerInvariant();
    }
}

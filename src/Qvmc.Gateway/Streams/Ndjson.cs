using Google.Protobuf;
using Qvmc.Gateway.Problems;
using Qvmc.Gateway.Transcoding;

namespace Qvmc.Gateway.Streams;

/// <summary>One JSON object a line (application/x-ndjson). A stream that fails ends with a line {"error": PROBLEM}.</summary>
internal sealed class Ndjson : IStreamFormat
{
    public string ContentType => "application/x-ndjson";

    public ReadOnlyMemory<byte> Opening => default;

    public ReadOnlyMemory<byte> Heartbeat => default;

    public ReadOnlyMemory<byte> Format(IMessage message) => (byte[])[.. ResponseWriter.ToJson(message), (byte)'\n'];

    public ReadOnlyMemory<byte> Format(Problem problem, string path) => (byte[])[.. "{\"error\":"u8, .. problem.ToJson(path).Span, .. "}\n"u8];
}

using Google.Protobuf;
using Qvmc.Gateway.Problems;

namespace Qvmc.Gateway.Streams;

/// <summary>How a stream of messages is written.</summary>
internal interface IStreamFormat
{
    /// <summary>The media type.</summary>
    string ContentType { get; }

    /// <summary>What comes before the first message; may be empty.</summary>
    ReadOnlyMemory<byte> Opening { get; }

    /// <summary>What a silent stream says; empty: nothing.</summary>
    ReadOnlyMemory<byte> Heartbeat { get; }

    /// <summary>A message.</summary>
    ReadOnlyMemory<byte> Format(IMessage message);

    /// <summary>Why the stream ends, when it had begun.</summary>
    ReadOnlyMemory<byte> Format(Problem problem, string path);
}

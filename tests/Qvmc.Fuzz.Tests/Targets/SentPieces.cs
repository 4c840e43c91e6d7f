using Google.Protobuf;
using Grpc.Core;

namespace Qvmc.Fuzz.Tests.Targets;

/// <summary>Keeps what is sent.</summary>
internal sealed class SentPieces : IClientStreamWriter<ByteString>
{
    public List<byte[]> Pieces { get; } = [];

    public WriteOptions? WriteOptions { get; set; }

    public Task WriteAsync(ByteString message)
    {
        Pieces.Add(message.ToByteArray());
        return Task.CompletedTask;
    }

    public Task WriteAsync(ByteString message, CancellationToken cancellationToken) => WriteAsync(message);

    public Task CompleteAsync() => Task.CompletedTask;
}

using System.IO.Pipelines;
using System.Security.Cryptography;
using Qvmc.Gateway.Uploads;

namespace Qvmc.Gateway.Tests.Uploads;

public sealed class BodyPiecesTests
{
    private readonly byte[] _bytes = RandomNumberGenerator.GetBytes((2 * BodyPieces.PieceBytes) + 17);

    [Theory]
    [InlineData(0)]
    [InlineData(17)]
    [InlineData(BodyPieces.PieceBytes)]
    [InlineData((2 * BodyPieces.PieceBytes) + 17)]
    public async Task Sends_everything_in_full_pieces(int count)
    {
        var sent = new Sent();

        Assert.Null(await BodyPieces.SendAsync(new MemoryStream(_bytes[..count]), sent.TakeAsync, CancellationToken.None));

        Assert.Equal(_bytes[..count], sent.Pieces.SelectMany(p => p));
        Assert.All(sent.Pieces.SkipLast(1), p => Assert.Equal(BodyPieces.PieceBytes, p.Length));
    }

    [Fact]
    public async Task Sends_also_what_came_last_before_a_break()
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(_bytes.AsMemory(0, 30_000));
        var broken = new IOException("broken");
        var sent = new Sent();
        var sending = BodyPieces.SendAsync(pipe.Reader.AsStream(), sent.TakeAsync, CancellationToken.None);

        await pipe.Writer.CompleteAsync(broken);

        Assert.Same(broken, await sending);
        Assert.Equal(_bytes[..30_000], Assert.Single(sent.Pieces));
    }

    [Fact]
    public async Task What_the_controller_refuses_is_not_read_on()
    {
        var body = new MemoryStream(_bytes);

        await Assert.ThrowsAsync<IOException>(() => BodyPieces.SendAsync(body, new Sent { Refuses = true }.TakeAsync, CancellationToken.None));

        Assert.Equal(BodyPieces.PieceBytes, body.Position);
    }

    private sealed class Sent
    {
        public List<byte[]> Pieces { get; } = [];

        public bool Refuses { get; init; }

        public ValueTask TakeAsync(ReadOnlyMemory<byte> piece)
        {
            if (Refuses)
            {
                throw new IOException("nobody takes it");
            }
            Pieces.Add(piece.ToArray());
            return ValueTask.CompletedTask;
        }
    }
}

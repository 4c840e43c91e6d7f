namespace Qvmc.Fuzz.Tests.Targets;

/// <summary>Gives bytes in pieces of the given lengths, over and over, and then its end.</summary>
internal sealed class PiecesStream(byte[] bytes, params int[] pieces) : MemoryStream(bytes, writable: false)
{
    private int _next;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    public override int Read(Span<byte> buffer) =>
        // A read of nothing asks whether there is anything.
        buffer.Length == 0 ? 0 : base.Read(buffer[..Math.Min(buffer.Length, Math.Max(1, pieces[_next++ % pieces.Length]))]);
}

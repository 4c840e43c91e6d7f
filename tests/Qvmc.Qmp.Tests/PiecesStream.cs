namespace Qvmc.Qmp.Tests;

/// <summary>Bytes that arrive in pieces of given sizes, over and over, and then end.</summary>
internal sealed class PiecesStream(byte[] bytes, int[] sizes) : MemoryStream(bytes, writable: false)
{
    private int _next;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        buffer.IsEmpty
            ? ValueTask.FromResult(0)
            : ValueTask.FromResult(Read(buffer.Span[..Math.Min(buffer.Length, sizes[_next++ % sizes.Length])]));
}

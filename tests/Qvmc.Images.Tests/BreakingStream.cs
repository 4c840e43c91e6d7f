namespace Qvmc.Images.Tests;

/// <summary>So many bytes, then an error; or, with a canceller, cancels it and waits.</summary>
internal sealed class BreakingStream(int bytes, CancellationTokenSource? stall = null) : Stream
{
    private int _left = bytes;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_left == 0)
        {
            if (stall is null)
            {
                throw new EndOfStreamException("the sender is gone");
            }

            await stall.CancelAsync();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        var count = Math.Min(_left, buffer.Length);
        buffer.Span[..count].Fill(1);
        _left -= count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

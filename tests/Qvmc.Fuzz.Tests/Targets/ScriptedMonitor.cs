namespace Qvmc.Fuzz.Tests.Targets;

/// <summary>A connection whose other side says each piece when so many messages were written to it, and then closes.</summary>
internal sealed class ScriptedMonitor(params (int After, byte[] Bytes)[] pieces) : Stream
{
    private readonly SemaphoreSlim _writes = new(0);
    private int _written;
    private int _piece;
    private int _offset;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_piece == pieces.Length)
        {
            return 0;
        }

        while (_written < pieces[_piece].After)
        {
            await _writes.WaitAsync(cancellationToken);
            _written++;
        }

        if (buffer.Length == 0)
        {
            return 0;
        }

        var rest = pieces[_piece].Bytes.AsMemory(_offset);
        var count = Math.Min(buffer.Length, rest.Length);
        rest[..count].CopyTo(buffer);
        _offset += count;
        if (count == rest.Length)
        {
            (_piece, _offset) = (_piece + 1, 0);
            return count > 0 ? count : await ReadAsync(buffer, cancellationToken);
        }

        return count;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _writes.Release();
        return default;
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

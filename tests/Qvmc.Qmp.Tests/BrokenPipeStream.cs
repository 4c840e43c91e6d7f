using System.IO.Pipelines;
using System.Text;

namespace Qvmc.Qmp.Tests;

/// <summary>A connection whose writes can be made to fail while reading still works, as with a peer that has gone.</summary>
internal sealed class BrokenPipeStream : Stream
{
    private readonly Pipe _incoming = new();
    private readonly Stream _read;
    private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _broken;

    public BrokenPipeStream() => _read = _incoming.Reader.AsStream();

    public Task Written => _written.Task;

    public Task WriteFailed => _failed.Task;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public void BreakWrites() => _broken = true;

    public void Receive(string text) => _ = _incoming.Writer.WriteAsync(Encoding.UTF8.GetBytes(text));

    public void ReceiveEnd() => _incoming.Writer.Complete();

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _read.ReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_broken)
        {
            _failed.TrySetResult();
            throw new IOException("broken pipe");
        }
        _written.TrySetResult();
        return ValueTask.CompletedTask;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}

using System.Text;

namespace Qvmc.Cli.Tests.Fakes;

/// <summary>Keeps what is written, and tells who waits for a text when it has come.</summary>
internal sealed class HeardStream : Stream
{
    private readonly MemoryStream _bytes = new();
    private readonly List<(string Text, TaskCompletionSource Heard)> _waiting = [];

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public byte[] ToArray()
    {
        lock (_bytes)
        {
            return _bytes.ToArray();
        }
    }

    public override string ToString() => Encoding.UTF8.GetString(ToArray());

    public Task HearAsync(string text)
    {
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_bytes)
        {
            _waiting.Add((text, heard));
            Tell();
        }

        return heard.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        lock (_bytes)
        {
            _bytes.Write(buffer, offset, count);
            Tell();
        }
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private void Tell()
    {
        foreach (var (_, heard) in _waiting.Where(waiting => ToString().Contains(waiting.Text, StringComparison.Ordinal)))
        {
            heard.TrySetResult();
        }
    }
}

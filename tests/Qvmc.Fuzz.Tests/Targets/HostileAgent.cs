using System.Text;
using System.Text.Json;

namespace Qvmc.Fuzz.Tests.Targets;

/// <summary>A guest's agent that gets into step as it should and then answers with one line of its script after another.</summary>
internal sealed class HostileAgent(byte[] script) : Stream
{
    private byte[] _pending = [];
    private int _next;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_pending.Length == 0)
        {
            var end = Array.IndexOf(script, (byte)'\n', _next);
            end = end < 0 ? script.Length : end + 1;
            _pending = script[_next..end];
            _next = end;
        }

        var count = Math.Min(buffer.Length, _pending.Length);
        _pending.AsSpan(0, count).CopyTo(buffer.Span);
        _pending = _pending[count..];
        return new(count);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var text = Encoding.UTF8.GetString(buffer.Span);
        if (text.Contains("guest-sync-delimited", StringComparison.Ordinal))
        {
            var id = JsonElement.Parse(text[text.IndexOf('{', StringComparison.Ordinal)..]).GetProperty("arguments").GetProperty("id").GetInt64();
            _pending = [0xFF, .. Encoding.UTF8.GetBytes($"{{\"return\": {id}}}\n")];
        }

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

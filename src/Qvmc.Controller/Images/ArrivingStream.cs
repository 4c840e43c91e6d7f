using Qvmc.Images.Intake;

namespace Qvmc.Controller.Images;

/// <summary>The bytes of an image that is coming, which says when the last of them has come.</summary>
internal sealed class ArrivingStream(Stream source, Action atEnd) : ForwardStream
{
    private Action? _atEnd = atEnd;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await source.ReadAsync(buffer, cancellationToken);
        if (count == 0 && buffer.Length > 0)
        {
            Interlocked.Exchange(ref _atEnd, null)?.Invoke();
        }

        return count;
    }

    public override long SkipZeros(int multiple) => source is ForwardStream forward ? forward.SkipZeros(multiple) : 0;
}

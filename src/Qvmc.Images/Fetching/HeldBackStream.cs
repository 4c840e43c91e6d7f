using Qvmc.Images.Intake;

namespace Qvmc.Images.Fetching;

/// <summary>
/// Another stream, whose end is not told before somebody says that all was right. Whoever reads it to the end so does
/// nothing with bytes that turn out wrong.
/// </summary>
/// <param name="inner">The stream.</param>
/// <param name="right">Ends when all was right; fails when not.</param>
internal sealed class HeldBackStream(Stream inner, Task right) : ForwardStream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await inner.ReadAsync(buffer, cancellationToken);
        if (count == 0 && !buffer.IsEmpty)
        {
            await right.WaitAsync(cancellationToken);
        }

        return count;
    }
}

using Qvmc.Images.Intake;

namespace Qvmc.Images.Fetching;

/// <summary>Reads a partial file while it grows. It holds nothing, so there is nothing to dispose of.</summary>
internal sealed class PartialFollower(PartialFile file, int life) : ForwardStream
{
    private long _position;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
        {
            return 0;
        }

        var count = await file.ReadAsync(life, _position, buffer, cancellationToken);
        _position += count;
        return count;
    }
}

using Microsoft.Win32.SafeHandles;

namespace Qvmc.Images.Intake;

/// <summary>Reads a file from its beginning through a handle that belongs to somebody else.</summary>
internal sealed class HandleStream(SafeFileHandle file) : ForwardStream
{
    private long _position;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await RandomAccess.ReadAsync(file, buffer, _position, cancellationToken);
        _position += count;
        return count;
    }
}

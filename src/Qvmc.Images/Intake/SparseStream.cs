using Microsoft.Win32.SafeHandles;
using Qvmc.Os.Files;

namespace Qvmc.Images.Intake;

/// <summary>
/// Reads a file from its beginning through a handle that belongs to somebody else. What was never written is not read: a
/// raw disk is mostly that, and gigabytes of it would go through the kernel's cache to be found zeros.
/// </summary>
public sealed class SparseStream(SafeFileHandle file) : ForwardStream
{
    // Smaller holes among data are read with it: to ask for each would cost more.
    private const long LeastData = 1 << 20;

    private long _position;
    private long _known;
    private bool _isHole;

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Look();
        var count = (int)Math.Min(buffer.Length, _known - _position);
        if (_isHole)
        {
            buffer.Span[..count].Clear();
        }
        else
        {
            count = await RandomAccess.ReadAsync(file, buffer[..count], _position, cancellationToken);
        }

        _position += count;
        return count;
    }

    /// <inheritdoc/>
    public override long SkipZeros(int multiple)
    {
        Look();
        var count = _isHole ? (_known - _position) / multiple * multiple : 0;
        _position += count;
        return count;
    }

    // What is at the position, unless that is known.
    private void Look()
    {
        if (_position < _known)
        {
            return;
        }

        var data = FileHoles.NextData(file, _position);
        _isHole = data > _position;
        _known = _isHole ? data : Math.Max(FileHoles.NextHole(file, _position), _position + LeastData);
    }
}

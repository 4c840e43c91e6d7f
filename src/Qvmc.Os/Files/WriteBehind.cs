using Microsoft.Win32.SafeHandles;
using Qvmc.Os.Linux;

namespace Qvmc.Os.Files;

/// <summary>
/// Lets the kernel write a file to the disk while it grows. By itself it begins long after, and whoever wants the file to
/// last then waits for all of it at the end. Only Linux can be asked to; elsewhere nothing happens.
/// </summary>
/// <remarks>It makes nothing durable, and tells no errors: the flush that follows does both.</remarks>
/// <param name="file">The file, to which one owner appends.</param>
public sealed class WriteBehind(SafeFileHandle file)
{
    // Large enough for disks to like, small enough to begin soon.
    private const long EveryBytes = 8 << 20;

    // linux/fs.h: SYNC_FILE_RANGE_WRITE
    private const uint Begin = 2;

    private long _begun;

    /// <summary>The file has so many bytes now. Returns whether the kernel has begun to write some of them.</summary>
    public bool Appended(long length)
    {
        // It may have been cut off since.
        _begun = Math.Min(_begun, length);
        if (!OperatingSystem.IsLinux() || length - _begun < EveryBytes)
        {
            return false;
        }

        var begun = LibC.SyncFileRange(file, _begun, length - _begun, Begin) == 0;
        _begun = length;
        return begun;
    }
}

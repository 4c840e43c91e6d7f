using Qvmc.Core.Drills;
using Qvmc.Core.Faults;
using Qvmc.Images.Fetching;
using Qvmc.Os.Files;

namespace Qvmc.Images;

// How it ends: goes, becomes something else, or is left to others.
public sealed partial class PartialFile
{
    /// <summary>Deletes it and its offset file. Those who follow it fail.</summary>
    public void Delete()
    {
        if (_deleted)
        {
            return;
        }

        // The lock is held until disposal: nobody opens what is about to go. The record first, for without it the
        // bytes are nothing.
        ThrowIfDisposed();
        File.Delete(PartialOffset.PathOf(Path));
        File.Delete(Path);
        _deleted = true;
        End(new IOException($"{Path} was deleted"));
    }

    /// <summary>
    /// Moves the file to where it belongs, on the same file system, and deletes the offset file. It is durable there when
    /// this returns. Those who follow it go on reading.
    /// </summary>
    internal void MoveTo(string path)
    {
        ThrowIfUnusable();
        RandomAccess.FlushToDisk(_file);
        FaultPoint.Reach(FaultStep.ImageFlushed);

        // Those who read may open it the moment it is there.
        FileLock.Share(_file);
        File.Move(Path, path, overwrite: true);
        _deleted = true;
        FaultPoint.Reach(FaultStep.ImageMoved);
        DurableDirectory.Sync(System.IO.Path.GetDirectoryName(path)!);
        File.Delete(PartialOffset.PathOf(Path));
    }

    /// <summary>Gives it up for others to go on with; what was appended is recorded if the disk allows it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_file.IsClosed)
        {
            return;
        }

        try
        {
            if (!_deleted && _broken is null)
            {
                await FlushAsync(CancellationToken.None);
            }
        }
        catch (Exception e) when (e is IOException or FaultException)
        {
            // Then whoever opens it next begins at what was recorded before.
        }

        End(new ObjectDisposedException(Path));
        _offset.Dispose();
        _file.Dispose();
    }
}

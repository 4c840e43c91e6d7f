using Microsoft.Win32.SafeHandles;
using Qvmc.Core.Drills;
using Qvmc.Images.Tools;
using Qvmc.Os.Files;

namespace Qvmc.Images.Intake;

/// <summary>
/// A file on its way into the store. Locked (flock(2), gone with the process), which tells a sweep that somebody is at
/// work, but shared: it can be read the moment it is where it belongs. Deleted at disposal unless it was moved there.
/// </summary>
internal sealed class IncomingFile : IDisposable
{
    private readonly WriteBehind _behind;
    private bool _moved;

    internal IncomingFile(string path)
    {
        Path = path;
        Handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read, FileOptions.Asynchronous);
        _behind = new WriteBehind(Handle);
    }

    internal string Path { get; }

    internal SafeFileHandle Handle { get; }

    /// <summary>Bytes that were appended.</summary>
    internal long Length { get; private set; }

    /// <summary>Appends. Blocks of zeros become holes: a raw disk is mostly that.</summary>
    /// <exception cref="NoRoomException">The disk is full.</exception>
    internal async ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        try
        {
            if (bytes.Span.ContainsAnyExcept((byte)0))
            {
                await RandomAccess.WriteAsync(Handle, bytes, Length, ct);
            }

            Length += bytes.Length;
            _behind.Appended(Length);
        }
        catch (IOException e) when (Disk.IsFull(e))
        {
            throw new NoRoomException(Length + bytes.Length, e, atLeast: true);
        }
    }

    /// <summary>Appends zeros, which take no room.</summary>
    internal void Skip(int count) => Length += count;

    /// <summary>Writes what was skipped at its beginning.</summary>
    /// <exception cref="NoRoomException">The disk is full.</exception>
    internal async ValueTask WriteHeadAsync(ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        try
        {
            await RandomAccess.WriteAsync(Handle, bytes, 0, ct);
        }
        catch (IOException e) when (Disk.IsFull(e))
        {
            throw new NoRoomException(Length, e);
        }
    }

    /// <summary>No more comes: its length is what was appended, even if that ended in zeros.</summary>
    internal void End() => RandomAccess.SetLength(Handle, Length);

    /// <summary>Moves it to where it belongs, on the same file system. It is durable there when this returns.</summary>
    internal void MoveTo(string path)
    {
        RandomAccess.FlushToDisk(Handle);
        FaultPoint.Reach(FaultStep.ImageFlushed);
        File.Move(Path, path, overwrite: true);
        _moved = true;
        FaultPoint.Reach(FaultStep.ImageMoved);
        DurableDirectory.Sync(System.IO.Path.GetDirectoryName(path)!);
    }

    public void Dispose()
    {
        // The lock is held until it is gone.
        if (!_moved)
        {
            File.Delete(Path);
        }

        Handle.Dispose();
    }
}

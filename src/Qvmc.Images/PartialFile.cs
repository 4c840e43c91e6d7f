using Microsoft.Win32.SafeHandles;
using Qvmc.Core.Faults;
using Qvmc.Images.Fetching;
using Qvmc.Images.Tools;
using Qvmc.Os.Files;

namespace Qvmc.Images;

/// <summary>
/// A file that comes piece by piece and outlives whoever writes it. How much of it is on the disk for good is recorded
/// beside it (<c>PATH.offset</c>), always after the bytes themselves were flushed: whatever a crash left behind the
/// recorded offset is cut off when the file is opened again, so its bytes are always a beginning of what was appended.
/// </summary>
/// <remarks>
/// One owner at a time: the file is locked (flock(2), gone with the process). The owner's calls come one after another;
/// any number of followers may read meanwhile.
/// </remarks>
public sealed partial class PartialFile : IAsyncDisposable
{
    // What a crash can cost, against how often the writer waits for the disk: never more than what is recorded already,
    // nor than the last of these, but for the first.
    private const long FirstRecordBytes = 1 << 20, RecordEveryBytes = 64 << 20;

    private readonly SafeFileHandle _file;
    private readonly PartialOffset _offset;
    private readonly WriteBehind _behind;
    private long _length;
    private long _durable;
    private Exception? _broken;
    private bool _deleted;

    private PartialFile(string path, SafeFileHandle file, PartialOffset offset)
    {
        (Path, _file, _offset, _behind) = (path, file, offset, new WriteBehind(file));
        var recorded = offset.Read();

        // Shorter than recorded: somebody meddled with it, and nothing of it can be trusted.
        _length = _durable = recorded <= RandomAccess.GetLength(file) ? recorded : 0;
        if (_durable != recorded)
        {
            offset.Write(0);
        }

        RandomAccess.SetLength(file, _length);
        Note = offset.ReadNote();
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Bytes that are there.</summary>
    public long Length => Volatile.Read(ref _length);

    /// <summary>What its owner wrote down about it with <see cref="SetNote"/>; null: nothing.</summary>
    public string? Note { get; private set; }

    /// <summary>How long it is going to be, when known. Only told to people when the disk is full.</summary>
    public long? ExpectedLength { get; set; }

    /// <summary>For reading in place; the path can't be opened by others in this process while the lock is held.</summary>
    internal SafeFileHandle Handle => _file;

    /// <summary>Appends. When it fails nothing of <paramref name="bytes"/> is in the file.</summary>
    /// <exception cref="FaultException">There is no room (RESOURCE_EXHAUSTED).</exception>
    public async ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        ThrowIfUnusable();
        ThrowIfComplete();
        var length = _length;
        try
        {
            // Zeros become a hole: a raw disk is mostly that.
            if (bytes.Span.ContainsAnyExcept((byte)0))
            {
                await RandomAccess.WriteAsync(_file, bytes, length, ct);
            }
            else
            {
                RandomAccess.SetLength(_file, length + bytes.Length);
            }
        }
        catch (Exception e)
        {
            RandomAccess.SetLength(_file, length);
            throw e is IOException io && Disk.IsFull(io) ? Full(io) : e;
        }

        Grow(length + bytes.Length);
        _behind.Appended(_length);
        if (_length - _durable >= Math.Clamp(_durable, FirstRecordBytes, RecordEveryBytes))
        {
            // The bytes are in: no giving up now.
            await FlushAsync(CancellationToken.None);
        }
    }

    /// <summary>What was appended so far lasts when this returns, whatever happens to the process or the power.</summary>
    /// <exception cref="FaultException">There is no room (RESOURCE_EXHAUSTED); the file has to be opened anew.</exception>
    public async Task FlushAsync(CancellationToken ct)
    {
        ThrowIfUnusable();
        var length = _length;
        if (length == _durable)
        {
            return;
        }

        try
        {
            await Task.Run(
                () =>
                {
                    RandomAccess.FlushToDisk(_file);
                    _offset.Write(length);
                },
                ct);
            _durable = length;
        }
        catch (IOException e)
        {
            // What the kernel could not write it may have forgotten: only what was recorded before is sure.
            _broken = Disk.IsFull(e) ? Full(e) : e;
            throw _broken;
        }
    }

    /// <summary>Writes something down about the file, at most 64 KiB; durable when this returns. A restart does not change it.</summary>
    /// <exception cref="FaultException">There is no room (RESOURCE_EXHAUSTED).</exception>
    public void SetNote(string note)
    {
        ThrowIfUnusable();
        try
        {
            _offset.WriteNote(note);
            Note = note;
        }
        catch (IOException e) when (Disk.IsFull(e))
        {
            throw Full(e);
        }
    }

    /// <summary>Empties it. Those who follow it fail.</summary>
    public void Restart()
    {
        ThrowIfDisposed();

        // In this order: at no time does the record speak of bytes that are others now.
        _offset.Write(0);
        _durable = 0;
        BeginAnew();
        RandomAccess.SetLength(_file, 0);
        _broken = null;
    }

    private FaultException Full(IOException e) =>
        Disk.Full(System.IO.Path.GetFileName(Path), System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!, ExpectedLength - _length, e);

    private void ThrowIfUnusable()
    {
        ThrowIfDisposed();
        if (_broken is not null)
        {
            throw _broken;
        }
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_file.IsClosed || _deleted, this);
}

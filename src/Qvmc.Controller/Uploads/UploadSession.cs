using Qvmc.Images;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Controller.Uploads;

/// <summary>One upload in parts. Whoever has its turn owns it; the rest may be looked at by anybody.</summary>
internal sealed class UploadSession(Upload stored, long revision)
{
    private CancellationTokenSource? _writer;

    /// <summary>One at a time writes, or gives it up.</summary>
    public SemaphoreSlim Turn { get; } = new(1);

    /// <summary>As stored: with an offset once it has become an image.</summary>
    public Upload Stored { get; set; } = stored;

    /// <summary>The store's revision of it.</summary>
    public long Revision { get; set; } = revision;

    /// <summary>Bytes that are here for good.</summary>
    public long Offset { get; set; }

    /// <summary>The making of the image, when all bytes are here; null before.</summary>
    public Task? Finishing { get; set; }

    /// <summary>What its bytes have become in the image store, once they are there: its file is gone then.</summary>
    public ImageBlob? Blob { get; set; }

    /// <summary>It was given up.</summary>
    public bool IsGone { get; set; }

    /// <summary>Somebody writes to it now.</summary>
    public bool IsWriting => _writer is not null;

    public string Id => Stored.Id;

    public long Size => (long)Stored.Header.SizeBytes;

    /// <summary>It has become an image.</summary>
    public bool IsDone => Stored.Offset > 0;

    /// <summary>The upload as users see it.</summary>
    public Upload View()
    {
        var view = Stored.Clone();
        view.Offset = (ulong)(IsDone ? Size : Offset);
        return view;
    }

    /// <summary>
    /// Takes over from whoever writes: the one that comes later knows that the earlier one's connection is of no use
    /// any more. What that one has written stays.
    /// </summary>
    public void TakeOver(CancellationTokenSource? writer)
    {
        var before = Interlocked.Exchange(ref _writer, writer);
        try
        {
            before?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has just ended.
        }
    }

    /// <summary>Writes no more.</summary>
    public void Leave(CancellationTokenSource writer) => Interlocked.CompareExchange(ref _writer, null, writer);
}

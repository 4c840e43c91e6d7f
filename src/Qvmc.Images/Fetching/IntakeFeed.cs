namespace Qvmc.Images.Fetching;

/// <summary>
/// Takes a compressed image in while it is still coming, so that decompressing costs no time of its own. It becomes an
/// image only after <see cref="Pass"/>.
/// </summary>
internal sealed class IntakeFeed : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop;
    private readonly TaskCompletionSource _right = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal IntakeFeed(ImageStore store, PartialFile bytes, ImageExpectation expectation, CancellationToken ct)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var stream = new HeldBackStream(bytes.Follow(), _right.Task);
        Image = Task.Run(() => store.AddAsync(stream, expectation, _stop.Token), _stop.Token);
    }

    /// <summary>The image; or why it becomes none.</summary>
    internal Task<ImageBlob> Image { get; }

    /// <summary>The bytes are complete and what they should be.</summary>
    internal void Pass() => _right.TrySetResult();

    /// <summary>Stops it, unless it has ended; nothing is left.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Image.ContinueWith(_ => { }, TaskScheduler.Default);
        _ = Image.Exception;
        _stop.Dispose();
    }
}

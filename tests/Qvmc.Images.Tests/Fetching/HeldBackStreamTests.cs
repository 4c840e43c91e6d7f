using Qvmc.Images.Fetching;

namespace Qvmc.Images.Tests.Fetching;

public sealed class HeldBackStreamTests
{
    [Fact]
    public async Task End_is_told_when_all_is_right()
    {
        var right = new TaskCompletionSource();
        var stream = new HeldBackStream(new MemoryStream([1, 2, 3]), right.Task);
        var buffer = new byte[10];
        Assert.Equal(3, await stream.ReadAsync(buffer));
        var end = stream.ReadAsync(buffer).AsTask();
        Assert.False(end.IsCompleted);
        right.SetResult();
        Assert.Equal(0, await end.WaitAsync(Fetcher.Limit));
    }

    [Fact]
    public async Task End_is_never_told_when_something_is_wrong_or_given_up()
    {
        using var cancel = new CancellationTokenSource();
        var right = new TaskCompletionSource();
        var stream = new HeldBackStream(new MemoryStream([1]), right.Task);
        Assert.Equal(1, await stream.ReadAsync(new byte[10]));
        var end = stream.ReadAsync(new byte[10], cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => end.WaitAsync(Fetcher.Limit));
        right.SetException(new IOException("wrong"));
        await Assert.ThrowsAsync<IOException>(() => new HeldBackStream(new MemoryStream(), right.Task).ReadAsync(new byte[1]).AsTask());
    }
}

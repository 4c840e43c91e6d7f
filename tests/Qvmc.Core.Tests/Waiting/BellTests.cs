using Qvmc.Core.Waiting;

namespace Qvmc.Core.Tests.Waiting;

public sealed class BellTests
{
    private readonly Bell _bell = new();

    [Fact]
    public void Rings_before_somebody_waits_are_one()
    {
        _bell.Ring();
        _bell.Ring();

        Assert.True(_bell.WaitAsync(CancellationToken.None).IsCompletedSuccessfully);
        Assert.False(_bell.WaitAsync(CancellationToken.None).IsCompleted);
    }

    [Fact]
    public async Task Who_waits_is_woken()
    {
        var waiting = _bell.WaitAsync(CancellationToken.None).AsTask();
        Assert.False(waiting.IsCompleted);

        _bell.Ring();

        await waiting.WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Who_has_given_up_takes_no_ring_from_the_next()
    {
        using var over = new CancellationTokenSource();
        var waiting = _bell.WaitAsync(over.Token).AsTask();
        await over.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);

        _bell.Ring();

        Assert.True(_bell.WaitAsync(CancellationToken.None).IsCompletedSuccessfully);
    }
}

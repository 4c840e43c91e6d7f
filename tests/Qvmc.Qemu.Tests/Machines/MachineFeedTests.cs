using Qvmc.Protos.Instance.V1;
using Qvmc.Protos.Qemu.V1;
using Qvmc.Qemu.Machines;

namespace Qvmc.Qemu.Tests.Machines;

public sealed class MachineFeedTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly MachineFeed _feed = new();

    [Fact]
    public async Task TellsEveryMachineThenChanges()
    {
        _feed.Publish(Machine("a", State.Stopped));
        using var end = new CancellationTokenSource(Limit);
        await using var watch = _feed.WatchAsync(end.Token).GetAsyncEnumerator(end.Token);
        Assert.Equal((WatchEventType.Snapshot, "a"), await NextAsync(watch));
        Assert.Equal((WatchEventType.Synced, ""), await NextAsync(watch));
        _feed.Publish(Machine("b", State.Running));
        Assert.Equal((WatchEventType.Changed, "b"), await NextAsync(watch));
        _feed.PublishRemoved("a");
        Assert.Equal((WatchEventType.Removed, "a"), await NextAsync(watch));
    }

    [Fact]
    public async Task AWatcherThatSleepsGetsOnlyTheLatest()
    {
        using var end = new CancellationTokenSource(Limit);
        await using var watch = _feed.WatchAsync(end.Token).GetAsyncEnumerator(end.Token);
        Assert.Equal((WatchEventType.Synced, ""), await NextAsync(watch));
        for (var i = 0; i < 1000; i++)
        {
            _feed.Publish(Machine("a", State.Starting));
        }

        _feed.Publish(Machine("a", State.Running));
        _feed.Publish(Machine("b", State.Stopped));
        Assert.True(await watch.MoveNextAsync());
        Assert.Equal(State.Running, watch.Current.Machine.Status.State);
        Assert.Equal((WatchEventType.Changed, "b"), await NextAsync(watch));
    }

    private static async Task<(WatchEventType Type, string Uid)> NextAsync(IAsyncEnumerator<WatchResponse> watch)
    {
        Assert.True(await watch.MoveNextAsync());
        return (watch.Current.Type, watch.Current.Machine?.Uid ?? "");
    }

    private static Machine Machine(string uid, State state) => new() { Uid = uid, Status = new InstanceStatus { State = state } };
}

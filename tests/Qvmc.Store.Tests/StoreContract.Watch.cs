using Qvmc.Core.Faults;

namespace Qvmc.Store.Tests;

public abstract partial class StoreContract
{
    [Fact]
    public async Task Watch_replays_then_follows_under_its_prefix()
    {
        await using var store = await OpenAsync();
        await store.PutAsync("a/1", "x");
        await store.PutAsync("b/1", "x");
        var watching = store.TakeAsync("a/", 0, 4);
        await store.PutAsync("a/1", "y", 1);
        await store.PutAsync("a/2", "z");
        await store.DeleteAsync("a/1", 3, None);
        Assert.Equal(["1 a/1=x", "3 a/1=y", "4 a/2=z", "5 a/1=(deleted)"], await watching);
        Assert.Equal(["4 a/2=z", "5 a/1=(deleted)"], await store.TakeAsync("a/", 3, 2));
    }

    [Fact]
    public async Task Watches_begun_at_any_time_miss_nothing_of_concurrent_writes()
    {
        await using var store = await OpenAsync();
        const int writers = 8, each = 40;
        var watches = new List<(long After, Task<List<string>> Lines)>();
        var writing = Enumerable.Range(0, writers).Select(w => Task.Run(async () =>
        {
            for (var i = 0; i < each; i++)
            {
                await store.PutAsync($"{w}/{i}", "");
                if (i % 10 == 0)
                {
                    lock (watches)
                    {
                        var after = store.Revision;
                        watches.Add((after, store.TakeAsync("", after, (writers * each) - (int)after)));
                    }
                }
            }
        }));
        await Task.WhenAll(writing);
        var all = await store.TakeAsync("", 0, writers * each);
        Assert.Equal(writers * each, all.Distinct().Count());
        foreach (var (after, lines) in watches)
        {
            Assert.Equal(all.Skip((int)after), await lines);
        }
    }

    [Fact]
    public async Task Watch_from_a_list_joins_it_without_a_gap()
    {
        await using var store = await OpenAsync();
        await store.PutAsync("a", "1");
        var list = await store.ListAsync("", None);
        await store.PutAsync("b", "2");
        Assert.Equal(["2 b=2"], await store.TakeAsync("", list.Revision, 1));
    }

    [Fact]
    public async Task Watch_of_forgotten_changes_says_so()
    {
        await using var store = await OpenAsync();
        await store.PutAsync("a", "1");
        var revision = store.Revision;
        await store.PutAsync("a", "2", revision);
        await ForgetAsync(store);
        await Assert.ThrowsAsync<RevisionCompactedException>(() => store.TakeAsync("a", 0, 1));
        await Assert.ThrowsAsync<RevisionCompactedException>(() => store.TakeAsync("a", revision, 1));
        Assert.Equal("2", await store.TextAsync("a"));
    }

    [Fact]
    public async Task Watch_that_falls_behind_is_told_instead_of_kept()
    {
        await using var store = await OpenAsync();
        await store.PutAsync("a", "1");
        using var limit = new CancellationTokenSource(StoreTexts.Limit);
        await using var slow = store.WatchAsync("", 0, limit.Token).GetAsyncEnumerator(limit.Token);
        Assert.True(await slow.MoveNextAsync());
        await store.PutAsync("a", "2", 1);
        await ForgetAsync(store);
        await Assert.ThrowsAsync<RevisionCompactedException>(async () =>
        {
            while (await slow.MoveNextAsync())
            {
            }
        });
    }

    [Theory]
    [InlineData(2)]
    [InlineData(-1)]
    public async Task Watch_from_where_the_store_never_was_is_refused(long after)
    {
        await using var store = await OpenAsync();
        await store.PutAsync("a", "1");
        await Assert.ThrowsAsync<RevisionCompactedException>(() => store.TakeAsync("", after, 1));
    }

    [Fact]
    public async Task Watch_ends_when_cancelled_and_when_the_store_is_closed()
    {
        var store = await OpenAsync();
        using var cancel = new CancellationTokenSource();
        await using var first = store.WatchAsync("", 0, cancel.Token).GetAsyncEnumerator(None);
        var waiting = first.MoveNextAsync().AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(StoreTexts.Limit));

        await using var second = store.WatchAsync("", 0, None).GetAsyncEnumerator(None);
        waiting = second.MoveNextAsync().AsTask();
        await store.DisposeAsync();
        Assert.Equal(FaultCode.Unavailable, (await Assert.ThrowsAsync<FaultException>(() => waiting.WaitAsync(StoreTexts.Limit))).Code);
    }
}

using Qvmc.Core.Faults;

namespace Qvmc.Store.Tests;

/// <summary>What every engine promises. One subclass per engine.</summary>
public abstract partial class StoreContract
{
    private static readonly CancellationToken None = CancellationToken.None;

    /// <summary>A new, empty store.</summary>
    protected abstract Task<IStore> OpenAsync();

    /// <summary>Makes the store forget the changes up to its present revision. May write to keys under "~".</summary>
    protected abstract Task ForgetAsync(IStore store);

    [Fact]
    public async Task Empty_store_has_nothing_and_revision_0()
    {
        await using var store = await OpenAsync();
        Assert.Equal(0, store.Revision);
        Assert.Null(await store.GetAsync("a", None));
        var all = await store.ListAsync("", None);
        Assert.Empty(all.Entries);
        Assert.Equal(0, all.Revision);
    }

    [Fact]
    public async Task Every_write_raises_the_one_revision()
    {
        await using var store = await OpenAsync();
        Assert.Equal(1, (await store.PutAsync("a", "1"))!.Revision);
        Assert.Equal(2, (await store.PutAsync("b", "1"))!.Revision);
        Assert.Equal(3, (await store.PutAsync("a", "2", 1))!.Revision);
        Assert.True(await store.DeleteAsync("b", 2, None));
        Assert.Equal(4, store.Revision);
        Assert.Equal("2", await store.TextAsync("a"));
        Assert.Null(await store.GetAsync("b", None));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(-1)]
    public async Task Write_that_expects_another_revision_changes_nothing(long expected)
    {
        await using var store = await OpenAsync();
        await store.PutAsync("a", "1");
        Assert.Null(await store.PutAsync("a", "2", expected));
        Assert.False(await store.DeleteAsync("a", expected, None));
        Assert.Equal("1", await store.TextAsync("a"));
        Assert.Equal(1, store.Revision);
    }

    [Fact]
    public async Task Key_that_does_not_exist_is_neither_replaced_nor_deleted()
    {
        await using var store = await OpenAsync();
        Assert.Null(await store.PutAsync("a", "1", 7));
        Assert.False(await store.DeleteAsync("a", 0, None));
        Assert.False(await store.DeleteAsync("a", 7, None));
        Assert.Equal(0, store.Revision);
    }

    [Fact]
    public async Task Deleted_key_can_be_made_again_only_as_new()
    {
        await using var store = await OpenAsync();
        await store.PutAsync("a", "1");
        await store.DeleteAsync("a", 1, None);
        Assert.Null(await store.PutAsync("a", "2", 1));
        Assert.Equal(3, (await store.PutAsync("a", "2"))!.Revision);
    }

    [Fact]
    public async Task Empty_value_is_not_a_deletion()
    {
        await using var store = await OpenAsync();
        await store.PutAsync("a", "");
        Assert.Equal("", await store.TextAsync("a"));
        Assert.Equal(["1 a="], await store.TakeAsync("", 0, 1));
    }

    [Fact]
    public async Task List_is_by_prefix_in_ordinal_order()
    {
        await using var store = await OpenAsync();
        foreach (var key in (string[])["b/1", "a/2", "a/10", "a", "A/1", "a/1", "a0"])
        {
            await store.PutAsync(key, key);
        }

        Assert.Equal(["a/1", "a/10", "a/2"], (await store.ListAsync("a/", None)).Entries.Select(e => e.Key));
        Assert.Equal(["A/1", "a", "a/1", "a/10", "a/2", "a0", "b/1"], (await store.ListAsync("", None)).Entries.Select(e => e.Key));
        Assert.Empty((await store.ListAsync("c", None)).Entries);
    }

    [Fact]
    public async Task Caller_may_reuse_the_bytes_it_put()
    {
        await using var store = await OpenAsync();
        byte[] bytes = [1, 2, 3];
        await store.PutAsync("a", bytes, 0, None);
        bytes[0] = 9;
        Assert.Equal([1, 2, 3], (await store.GetAsync("a", None))!.Value.ToArray());
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    [InlineData("half of a pair: \\")]
    public async Task Key_that_can_not_be_kept_is_refused(string key)
    {
        // A lone surrogate does not survive in an attribute.
        key = key.Replace('\\', '\ud800');
        await using var store = await OpenAsync();
        var fault = await Assert.ThrowsAsync<FaultException>(() => store.PutAsync(key, "1").AsTask());
        Assert.Equal(FaultCode.InvalidArgument, fault.Code);
    }

    [Fact]
    public async Task Limits_of_keys_and_values_are_inclusive()
    {
        await using var store = await OpenAsync();
        var key = new string('ü', StoreLimits.MaxKeyBytes / 2);
        Assert.NotNull(await store.PutAsync(key, new byte[StoreLimits.MaxValueBytes], 0, None));
        await Assert.ThrowsAsync<FaultException>(() => store.PutAsync(key + "x", "1").AsTask());
        await Assert.ThrowsAsync<FaultException>(() => store.PutAsync("b", new byte[StoreLimits.MaxValueBytes + 1], 0, None).AsTask());
    }

    [Fact]
    public async Task Of_100_writers_that_expect_the_same_one_wins()
    {
        await using var store = await OpenAsync();
        var results = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(() => store.PutAsync("a", $"{i}").AsTask())));
        var winner = Assert.Single(results, r => r is not null)!;
        Assert.Equal(StoreTexts.Text(winner.Value), await store.TextAsync("a"));
        Assert.Equal(1, store.Revision);
    }

    [Fact]
    public async Task Counter_of_100_writers_that_retry_loses_no_step()
    {
        await using var store = await OpenAsync();
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(async () =>
        {
            while (true)
            {
                var entry = await store.GetAsync("n", None);
                var n = entry is null ? 0 : int.Parse(StoreTexts.Text(entry.Value));
                if (await store.PutAsync("n", $"{n + 1}", entry?.Revision ?? 0) is not null)
                {
                    return;
                }
            }
        })));
        Assert.Equal("100", await store.TextAsync("n"));
        Assert.Equal(100, store.Revision);
    }

    [Fact]
    public async Task Cancelled_before_it_began_nothing_happens()
    {
        await using var store = await OpenAsync();
        var cancelled = new CancellationToken(true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.PutAsync("a", new byte[1], 0, cancelled).AsTask());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.DeleteAsync("a", 0, cancelled).AsTask());
        Assert.Equal(0, store.Revision);
    }

    [Fact]
    public async Task Closed_store_says_so()
    {
        var store = await OpenAsync();
        await store.DisposeAsync();
        await store.DisposeAsync();
        Assert.Equal(FaultCode.Unavailable, (await Assert.ThrowsAsync<FaultException>(() => store.PutAsync("a", "1").AsTask())).Code);
        Assert.Equal(FaultCode.Unavailable, (await Assert.ThrowsAsync<FaultException>(() => store.GetAsync("a", None).AsTask())).Code);
    }
}

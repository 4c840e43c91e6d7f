using Qvmc.Controller.Watch;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Controller.Tests;

public class EventJournalTests
{
    private readonly EventJournal _journal = new(TimeProvider.System, capacity: 4);

    [Fact]
    public async Task A_token_resumes_with_what_is_kept_and_is_too_old_after_that()
    {
        Publish(5);
        var resumed = _journal.Resume(_journal.Token(2), out _);
        Publish(1);
        Assert.Equal([3, 4, 5, 6], await TakeAsync(resumed!, 4));
        Assert.Null(_journal.Resume(_journal.Token(1), out var reason));
        Assert.Equal("5 changes came since the last that was taken, and 4 are kept", reason);
        Assert.NotNull(_journal.Resume(_journal.Token(2), out _));
        Assert.NotNull(_journal.Resume(_journal.Token(6), out _));
        Assert.Null(_journal.Resume(_journal.Token(7), out _));
        Assert.Null(_journal.Resume(new EventJournal(TimeProvider.System).Token(6), out reason));
        Assert.Contains("the controller has started since", reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_follower_that_is_too_slow_ends_and_is_told_why()
    {
        var slow = _journal.Subscribe();
        Publish(4);
        await using var reading = slow.ReadAsync(CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await reading.MoveNextAsync());
        Publish(4);
        Assert.False(await reading.MoveNextAsync());
        Assert.Equal("7 changes came since the last that was taken, and 4 are kept", slow.EndReason);
    }

    [Fact]
    public async Task Who_waits_for_one_instance_is_woken_by_it_alone()
    {
        using var one = _journal.Follow("b");
        Publish(5, "a");
        var waiting = one.NextAsync(CancellationToken.None).AsTask();
        Assert.False(waiting.IsCompleted);
        Publish(3, "b");
        await waiting.WaitAsync(Limits.Test);
        await one.NextAsync(CancellationToken.None).AsTask().WaitAsync(Limits.Test);
        Assert.False(one.NextAsync(CancellationToken.None).AsTask().IsCompleted);
    }

    private void Publish(int count, string name = "a")
    {
        for (var i = 0; i < count; i++)
        {
            _journal.Publish(WatchEventType.Changed, new Instance { Name = name }, null);
        }
    }

    private static async Task<List<long>> TakeAsync(JournalSubscription subscription, int count)
    {
        using var limit = new CancellationTokenSource(Limits.Test);
        var sequences = new List<long>();
        await foreach (var happened in subscription.ReadAsync(limit.Token))
        {
            sequences.Add(happened.Sequence);
            if (sequences.Count == count)
            {
                break;
            }
        }

        return sequences;
    }
}

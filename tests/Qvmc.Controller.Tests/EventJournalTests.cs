using Qvmc.Controller.Watch;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Controller.Tests;

public class EventJournalTests
{
    private readonly EventJournal _journal = new(TimeProvider.System, capacity: 4, queue: 3);

    [Fact]
    public async Task A_token_resumes_with_what_is_kept_and_is_too_old_after_that()
    {
        Publish(5);
        using var resumed = _journal.Resume(_journal.Token(2));
        Publish(1);
        Assert.Equal([3, 4, 5, 6], await TakeAsync(resumed!, 4));
        Assert.Null(_journal.Resume(_journal.Token(1)));
        Assert.NotNull(_journal.Resume(_journal.Token(2)));
        Assert.NotNull(_journal.Resume(_journal.Token(6)));
        Assert.Null(_journal.Resume(_journal.Token(7)));
        Assert.Null(_journal.Resume(new EventJournal(TimeProvider.System).Token(6)));
    }

    [Fact]
    public async Task A_follower_that_is_too_slow_gets_what_was_queued_and_ends()
    {
        using var slow = _journal.Subscribe();
        Publish(5);
        Assert.Equal([1, 2, 3], await TakeAsync(slow, int.MaxValue));
    }

    [Fact]
    public async Task A_follower_of_one_instance_is_not_slowed_by_others()
    {
        using var one = _journal.Subscribe("b");
        Publish(5, "a");
        Publish(1, "b");
        Assert.Equal([6], await TakeAsync(one, 1));
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

using Qvmc.Controller.Watch;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Controller.Tests;

/// <summary>What those who follow the journal cost; by the memory of the process, so nothing else may run in it.</summary>
[Collection(AloneCollection.Name)]
public sealed class FollowerCostTests
{
    // Work is measured by what it allocates, which no load of the machine changes.
    [Fact]
    public async Task A_thousand_followers_cost_a_writer_and_the_memory_nothing()
    {
        const int events = 20_000;
        var one = await CostAsync(1, events);
        var thousand = await CostAsync(1000, events);
        Assert.InRange(thousand.ByWriter, one.ByWriter / 2, one.ByWriter + (one.ByWriter / 10) + (events * 8));

        // None has taken anything: all that they hold is their place.
        Assert.InRange(thousand.ByFollower, 0, 2_000);
    }

    private static async Task<(long ByWriter, long ByFollower)> CostAsync(int followers, int events)
    {
        var journal = new EventJournal(TimeProvider.System, capacity: 1024);
        var instance = new Instance { Name = "a" };
        Publish(journal, instance, 2048);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var stuck = new List<IAsyncEnumerator<InstanceEvent>>();
        for (var i = 0; i < followers; i++)
        {
            var reading = journal.Subscribe().ReadAsync(CancellationToken.None).GetAsyncEnumerator();
            Publish(journal, instance, 1);
            Assert.True(await reading.MoveNextAsync());
            stuck.Add(reading);
        }

        var began = GC.GetAllocatedBytesForCurrentThread();
        Publish(journal, instance, events);
        var byWriter = GC.GetAllocatedBytesForCurrentThread() - began;
        var byFollower = (GC.GetTotalMemory(forceFullCollection: true) - before) / followers;
        foreach (var reading in stuck)
        {
            Assert.False(await reading.MoveNextAsync());
            await reading.DisposeAsync();
        }

        return (byWriter, byFollower);
    }

    private static void Publish(EventJournal journal, Instance instance, int count)
    {
        for (var i = 0; i < count; i++)
        {
            journal.Publish(WatchEventType.Changed, instance, null);
        }
    }
}

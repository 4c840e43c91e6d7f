using Qvmc.Controller.Instances;
using Qvmc.Controller.Watch;

namespace Qvmc.Controller.Verbs;

/// <summary>Waits for an instance to change. Wakes at each change of it; nothing is polled.</summary>
internal sealed class InstanceChanges(InstanceTable table, EventJournal journal)
{
    /// <summary>
    /// Waits until <paramref name="done"/> holds of the instance (null: it is gone) or <paramref name="limit"/> ends;
    /// returns it as it was then.
    /// </summary>
    public async Task<InstanceState?> UntilAsync(string name, CancellationToken limit, Func<InstanceState?, bool> done)
    {
        try
        {
            using var changes = journal.Follow(name);
            while (true)
            {
                var state = table.Find(name);
                if (done(state))
                {
                    return state;
                }

                await changes.NextAsync(limit);
            }
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return table.Find(name);
        }
    }
}

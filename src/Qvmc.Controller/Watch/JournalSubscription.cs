using System.Runtime.CompilerServices;

namespace Qvmc.Controller.Watch;

/// <summary>One follower of the journal: a place in it. Ends by itself only when the follower was too slow.</summary>
internal sealed class JournalSubscription(EventJournal journal, long start)
{
    /// <summary>The journal's sequence when the subscription began.</summary>
    public long Start { get; } = start;

    /// <summary>Why it has ended; empty: it has not.</summary>
    public string EndReason { get; private set; } = "";

    /// <summary>Events in order; ends when the next is not kept any more. To be read once.</summary>
    public async IAsyncEnumerable<InstanceEvent> ReadAsync([EnumeratorCancellation] CancellationToken ct)
    {
        var reached = Start;
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            var news = journal.News;
            if (!journal.TryNext(reached, out var next))
            {
                EndReason = journal.Missed(reached);
                yield break;
            }

            if (next is null)
            {
                await news.WaitAsync(ct);
                continue;
            }

            reached = next.Sequence;
            yield return next;
        }
    }
}

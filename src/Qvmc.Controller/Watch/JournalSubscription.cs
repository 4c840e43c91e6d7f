using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Qvmc.Controller.Watch;

/// <summary>One follower of the journal. Ends by itself only when the follower was too slow.</summary>
internal sealed class JournalSubscription : IDisposable
{
    private readonly IReadOnlyList<InstanceEvent> _backlog;
    private readonly string? _only;
    private readonly Channel<InstanceEvent> _live;
    private readonly Action<JournalSubscription> _drop;

    internal JournalSubscription(
        long start, IReadOnlyList<InstanceEvent> backlog, string? only, int capacity, Action<JournalSubscription> drop)
    {
        (Start, _backlog, _only, _drop) = (start, backlog, only, drop);
        _live = Channel.CreateBounded<InstanceEvent>(new BoundedChannelOptions(capacity) { SingleReader = true });
    }

    /// <summary>The journal's sequence when the subscription began.</summary>
    public long Start { get; }

    /// <summary>Events in order; ends after the last that could be kept when the follower was too slow.</summary>
    public async IAsyncEnumerable<InstanceEvent> ReadAsync([EnumeratorCancellation] CancellationToken ct)
    {
        foreach (var happened in _backlog)
        {
            yield return happened;
        }

        await foreach (var happened in _live.Reader.ReadAllAsync(ct))
        {
            yield return happened;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _drop(this);

    internal bool Offer(InstanceEvent happened) =>
        (_only is not null && _only != happened.Instance.Name) || _live.Writer.TryWrite(happened) || !_live.Writer.TryComplete();
}

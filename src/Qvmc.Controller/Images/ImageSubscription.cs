using Qvmc.Core.Waiting;

namespace Qvmc.Controller.Images;

/// <summary>One follower of images: which names have changed since it last asked. It never holds up anybody.</summary>
internal sealed class ImageSubscription(Action<ImageSubscription> drop) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Bell _news = new();
    private SortedSet<string> _changed = new(StringComparer.Ordinal);

    /// <summary>Waits until something has changed; returns the names, each once.</summary>
    public async Task<IReadOnlyCollection<string>> NextAsync(CancellationToken ct)
    {
        await _news.WaitAsync(ct);
        lock (_lock)
        {
            var changed = _changed;
            _changed = new SortedSet<string>(StringComparer.Ordinal);
            return changed;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => drop(this);

    internal void Touch(IReadOnlyCollection<string> names)
    {
        lock (_lock)
        {
            _changed.UnionWith(names);
        }

        _news.Ring();
    }
}

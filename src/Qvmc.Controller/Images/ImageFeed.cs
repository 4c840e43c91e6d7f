namespace Qvmc.Controller.Images;

/// <summary>Tells those who follow images which names have changed.</summary>
internal sealed class ImageFeed
{
    private readonly Lock _lock = new();
    private readonly HashSet<ImageSubscription> _subscriptions = [];

    /// <summary>Follows all that changes from now on.</summary>
    public ImageSubscription Subscribe()
    {
        lock (_lock)
        {
            var subscription = new ImageSubscription(Drop);
            _subscriptions.Add(subscription);
            return subscription;
        }
    }

    /// <summary>These names have changed, or may have.</summary>
    public void Touch(IReadOnlyCollection<string> names)
    {
        lock (_lock)
        {
            foreach (var subscription in _subscriptions)
            {
                subscription.Touch(names);
            }
        }
    }

    private void Drop(ImageSubscription subscription)
    {
        lock (_lock)
        {
            _subscriptions.Remove(subscription);
        }
    }
}

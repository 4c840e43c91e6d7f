using System.Collections.Immutable;
using Qvmc.Controller.Instances;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Images;

/// <summary>
/// The images and pulls by name, as the store has them. Readers see an immutable copy; writers hold <see cref="Gate"/>,
/// and tell the instances that wait and those who follow images of each change, in the order of the changes.
/// </summary>
/// <remarks>Locks are taken in this order: the gate, the instance table's, then those of uses and followers.</remarks>
internal sealed class ImageTable(InstanceTable instances, ImageFeed feed)
{
    private volatile Snapshot _now = new(Empty<StoredImage>(), Empty<PullState>());

    /// <summary>
    /// Held by whoever decides on the ground of which images there are and who uses them: a launch until its use is
    /// noted, a deletion until the image is out of here. So neither misses the other.
    /// </summary>
    public Lock Gate { get; } = new();

    /// <summary>Every image that is here, by name.</summary>
    public ImmutableSortedDictionary<string, StoredImage> All => _now.Images;

    /// <summary>Every pull that is under way or has failed, by name.</summary>
    public ImmutableSortedDictionary<string, PullState> Pulls => _now.Pulls;

    /// <summary>Every name of either, in order.</summary>
    public IEnumerable<string> Names
    {
        get
        {
            var now = _now;
            return now.Images.Keys.Union(now.Pulls.Keys).Order(StringComparer.Ordinal);
        }
    }

    /// <summary>What there is under a name, or null.</summary>
    public ImageEntry? FindEntry(string name)
    {
        var now = _now;
        var (image, pull) = (now.Images.GetValueOrDefault(name), now.Pulls.GetValueOrDefault(name));
        return image is null && pull is null ? null : new ImageEntry(image, pull);
    }

    /// <summary>An image, or null.</summary>
    public StoredImage? Find(string name) => All.GetValueOrDefault(name);

    /// <summary>A pull, or null.</summary>
    public PullState? FindPull(string name) => Pulls.GetValueOrDefault(name);

    /// <summary>Names of the images that have these bytes.</summary>
    public IEnumerable<string> NamesOf(string digest) => All.Values.Where(i => i.Record.Digest == digest).Select(i => i.Record.Name);

    /// <summary>Takes a record as the store has it.</summary>
    public StoredImage Load(ImageRecord record, long revision)
    {
        var image = new StoredImage(record, revision);
        Change(record.Name, now => now with { Images = now.Images.SetItem(record.Name, image) });
        return image;
    }

    /// <summary>Takes an image out.</summary>
    public void Remove(string name) => Change(name, now => now with { Images = now.Images.Remove(name) });

    /// <summary>Takes a pull as the store has it; null: it has ended.</summary>
    public void SetPull(string name, PullState? pull) =>
        Change(name, now => now with { Pulls = pull is null ? now.Pulls.Remove(name) : now.Pulls.SetItem(name, pull) });

    /// <summary>A pull has come further. One that has ended meanwhile, or was begun anew, is left as it is.</summary>
    public void Advance(PullState pull)
    {
        lock (Gate)
        {
            if (FindPull(pull.Record.Name)?.Revision == pull.Revision)
            {
                SetPull(pull.Record.Name, pull);
            }
        }
    }

    private static ImmutableSortedDictionary<string, T> Empty<T>() => ImmutableSortedDictionary.Create<string, T>(StringComparer.Ordinal);

    private void Change(string name, Func<Snapshot, Snapshot> change)
    {
        lock (Gate)
        {
            _now = change(_now);
            instances.ImageChanged(name, ImageWaits.Of(FindEntry(name)));
            feed.Touch([name]);
        }
    }

    private sealed record Snapshot(ImmutableSortedDictionary<string, StoredImage> Images, ImmutableSortedDictionary<string, PullState> Pulls);
}

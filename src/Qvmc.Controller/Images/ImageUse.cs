using Qvmc.Controller.Instances;
using Qvmc.Core.Instances;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Images;

/// <summary>
/// Who uses which bytes, and who waits for which name: instances, launches that are being stored, and instances that
/// are about to take an image. Follows the instance table, and tells what changes.
/// </summary>
internal sealed class ImageUse
{
    private readonly Lock _lock = new();
    private readonly PendingLaunches _pending;
    private readonly ImageFeed _feed;
    private readonly Func<string, IEnumerable<string>> _namesOf;
    private readonly Dictionary<string, InstanceRecord> _held = new(StringComparer.Ordinal);
    private readonly List<ImageClaim> _claims = [];

    public ImageUse(InstanceTable instances, PendingLaunches pending, ImageTable images, ImageFeed feed)
    {
        (_pending, _feed, _namesOf) = (pending, feed, images.NamesOf);
        foreach (var (name, state) in instances.All)
        {
            OnChanged(name, state);
        }

        instances.Changed += OnChanged;
    }

    /// <summary>Told of bytes that an instance has ceased to use; must return at once.</summary>
    public event Action<IReadOnlyCollection<string>>? Released;

    /// <summary>Names of the instances that use a digest.</summary>
    public IReadOnlyList<string> Users(string digest)
    {
        lock (_lock)
        {
            return Names(
                _held.Values.Concat(_pending.Records).Where(r => Digests(r).Contains(digest)).Select(r => r.Instance.Name)
                    .Concat(_claims.Where(c => c.Digest == digest).Select(c => c.Instance)));
        }
    }

    /// <summary>Names of the instances that wait for an image of a name.</summary>
    public IReadOnlyList<string> Waiting(string image)
    {
        lock (_lock)
        {
            return Names(_held.Values.Concat(_pending.Records).Where(r => Awaited(r) == image).Select(r => r.Instance.Name));
        }
    }

    /// <summary>
    /// Notes that an instance is about to use bytes, until its record says so. The caller holds the image table's gate,
    /// and has seen under it that the bytes have a name.
    /// </summary>
    public ImageClaim Claim(string digest, string instance)
    {
        var claim = new ImageClaim(digest, instance, Drop);
        lock (_lock)
        {
            _claims.Add(claim);
        }

        return claim;
    }

    private static string Awaited(InstanceRecord record) => ImageNeed.IsOpen(record) ? record.Instance.Spec.Image : "";

    private static IEnumerable<string> Digests(InstanceRecord record) => record.CdromDigests.Prepend(record.ImageDigest).Where(d => d.Length > 0);

    private static List<string> Names(IEnumerable<string> names) => [.. names.Distinct().Order(StringComparer.Ordinal)];

    // Called under the instance table's lock, for each change of each machine: most change nothing here.
    private void OnChanged(string name, InstanceState? state)
    {
        List<string> released;
        HashSet<string> changed;
        lock (_lock)
        {
            var before = _held.GetValueOrDefault(name);
            if (ReferenceEquals(before, state?.Record))
            {
                return;
            }

            List<string> had = before is null ? [] : [.. Digests(before)];
            List<string> has = state is null ? [] : [.. Digests(state.Record)];
            _ = state is null ? _held.Remove(name) : (_held[name] = state.Record) is not null;
            released = [.. had.Except(has)];
            changed = [.. released.Concat(has.Except(had)).SelectMany(_namesOf)];
            if (before is null || state is null || Awaited(before) != Awaited(state.Record))
            {
                changed.UnionWith(new[] { before, state?.Record }.OfType<InstanceRecord>().Select(Awaited).Where(n => n.Length > 0));
            }
        }

        if (changed.Count > 0)
        {
            _feed.Touch(changed);
        }

        if (released.Count > 0)
        {
            Released?.Invoke(released);
        }
    }

    private void Drop(ImageClaim claim)
    {
        lock (_lock)
        {
            _claims.Remove(claim);
        }
    }
}

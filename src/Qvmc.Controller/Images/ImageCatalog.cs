using System.Collections.Immutable;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Images;

/// <summary>The images by name, as the store has them. Readers see an immutable copy; writers hold <see cref="Gate"/>.</summary>
internal sealed class ImageCatalog
{
    private volatile ImmutableSortedDictionary<string, CatalogImage> _images =
        ImmutableSortedDictionary.Create<string, CatalogImage>(StringComparer.Ordinal);

    /// <summary>
    /// Held by whoever decides on the ground of which images there are and who uses them: a launch until its use is
    /// noted, a deletion until the image is out of here. So neither misses the other.
    /// </summary>
    public Lock Gate { get; } = new();

    /// <summary>Every image by name.</summary>
    public ImmutableSortedDictionary<string, CatalogImage> All => _images;

    /// <summary>An image, or null.</summary>
    public CatalogImage? Find(string name) => _images.GetValueOrDefault(name);

    /// <summary>Whether an image has these bytes.</summary>
    public bool HasDigest(string digest) => _images.Values.Any(i => i.Record.Digest == digest);

    /// <summary>Takes a record as the store has it.</summary>
    public CatalogImage Load(ImageRecord record, long revision)
    {
        var image = new CatalogImage(record, revision);
        lock (Gate)
        {
            _images = _images.SetItem(record.Name, image);
        }

        return image;
    }

    /// <summary>Takes an image out.</summary>
    public void Remove(string name)
    {
        lock (Gate)
        {
            _images = _images.Remove(name);
        }
    }
}

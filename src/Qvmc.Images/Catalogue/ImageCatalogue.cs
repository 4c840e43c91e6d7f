using Qvmc.Protos.Catalog.V1;

namespace Qvmc.Images.Catalogue;

/// <summary>
/// What can be pulled: several catalogues seen as one. Of two entries for one name and processor only the later
/// catalogue's counts, with its aliases and its "latest"; and where two entries claim the same alias, or to be the
/// latest of a name, the later catalogue's word holds too. Never changes, so it can be shared.
/// </summary>
public sealed class ImageCatalogue
{
    private readonly List<CatalogueImage> _images = [];
    private readonly Dictionary<(string Reference, string Arch), CatalogueImage> _byReference = [];

    /// <summary>Makes one of several.</summary>
    /// <param name="catalogues">Good ones (see <see cref="CatalogueRules"/>); the later has the last word.</param>
    public ImageCatalogue(IReadOnlyList<NamedCatalogue> catalogues)
    {
        var last = new Dictionary<(string Name, string Arch), CatalogueImage>();
        foreach (var image in catalogues.SelectMany(Flatten))
        {
            last[(image.Name, image.File.Arch)] = image;
        }

        // Once more in order, so that what a later catalogue says of a reference overwrites.
        foreach (var image in catalogues.SelectMany(Flatten).Where(image => ReferenceEquals(last[(image.Name, image.File.Arch)].File, image.File)))
        {
            _images.Add(image);
            foreach (var reference in References(image.Entry))
            {
                _byReference[(reference, image.File.Arch)] = image;
            }
        }

        _images.Sort((a, b) => string.CompareOrdinal(a.Family, b.Family) is var order and not 0 ? order : VersionOrder.Instance.Compare(b.Version, a.Version));
    }

    /// <summary>Nothing can be pulled.</summary>
    public static ImageCatalogue Empty { get; } = new([]);

    /// <summary>The image that a name or alias means, with or without version; null when there is none.</summary>
    /// <param name="reference">"debian:12", "debian:bookworm", "debian" or "debian:latest".</param>
    /// <param name="arch">"x86_64" or "aarch64".</param>
    public CatalogueImage? Find(string reference, string arch) => _byReference.GetValueOrDefault((reference, arch));

    /// <summary>The images in which every word occurs, in name, alias or title; by name, the newest version first.</summary>
    /// <param name="query">Words with blanks between; none: every image.</param>
    /// <param name="arch">"x86_64" or "aarch64".</param>
    public IReadOnlyList<CatalogueImage> Search(string query, string arch)
    {
        var words = query.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return [.. _images.Where(image => image.File.Arch == arch && words.All(word => Texts(image.Entry).Any(text => text.Contains(word, StringComparison.OrdinalIgnoreCase))))];
    }

    /// <summary>Everything that <see cref="Find"/> knows for a processor, in no order.</summary>
    public IEnumerable<string> AllReferences(string arch) => _byReference.Keys.Where(key => key.Arch == arch).Select(key => key.Reference);

    /// <summary>The processors for which there is something under a reference.</summary>
    public IReadOnlyList<string> ArchesOf(string reference) => [.. ImageArch.All.Where(arch => _byReference.ContainsKey((reference, arch)))];

    /// <summary>What an entry may be called by: its name, its aliases and, if it is the latest, the name without version.</summary>
    internal static IEnumerable<string> References(CatalogEntry entry)
    {
        var family = CatalogueImage.FamilyOf(entry.Name);
        return [entry.Name, .. entry.Aliases, .. entry.Latest ? [family, family + ":latest"] : Array.Empty<string>()];
    }

    private static IEnumerable<string> Texts(CatalogEntry entry) => [entry.Name, .. entry.Aliases, entry.Title];

    private static IEnumerable<CatalogueImage> Flatten(NamedCatalogue catalogue) =>
        catalogue.Catalog.Images.SelectMany(entry => entry.Files.Select(file => new CatalogueImage(catalogue.Source, entry, file)));
}

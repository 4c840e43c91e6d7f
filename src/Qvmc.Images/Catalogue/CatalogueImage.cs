using Qvmc.Protos.Catalog.V1;

namespace Qvmc.Images.Catalogue;

/// <summary>An image that can be pulled, for one processor.</summary>
/// <param name="Catalogue">Who says so: "built-in", or a file or URL.</param>
/// <param name="Entry">The entry; it may have other processors' files too.</param>
/// <param name="File">Where the bytes are.</param>
public sealed record CatalogueImage(string Catalogue, CatalogEntry Entry, CatalogFile File)
{
    /// <summary>Its name with its version.</summary>
    public string Name => Entry.Name;

    /// <summary>Its name without the version.</summary>
    public string Family => FamilyOf(Entry.Name);

    /// <summary>Its version.</summary>
    public string Version => Entry.Name[(Family.Length + 1)..];

    /// <summary>What is before the version of a name; the name itself when it has none.</summary>
    public static string FamilyOf(string name) => name.IndexOf(':', StringComparison.Ordinal) is var colon and >= 0 ? name[..colon] : name;
}

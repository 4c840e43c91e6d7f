namespace Qvmc.Images.Catalogue;

/// <summary>What a reference means; one of the two at least.</summary>
/// <param name="Here">The image that is here; null: it would have to be pulled.</param>
/// <param name="Catalogue">The catalogue's image; null when the catalogue was not asked, because something here is meant.</param>
public sealed record ImageMatch(LocalImage? Here, CatalogueImage? Catalogue);

using Qvmc.Protos.Catalog.V1;

namespace Qvmc.Images.Catalogue;

/// <summary>A catalogue that was read and found good.</summary>
/// <param name="Source">"built-in", or its file or URL.</param>
/// <param name="Catalog">What it has.</param>
public sealed record NamedCatalogue(string Source, Catalog Catalog);

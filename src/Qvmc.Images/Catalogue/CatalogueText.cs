using Qvmc.Core.Faults;
using Qvmc.Core.Json;
using Qvmc.Protos.Catalog.V1;

namespace Qvmc.Images.Catalogue;

/// <summary>Reads catalogues: strict JSON in which comments are allowed.</summary>
public static class CatalogueText
{
    /// <summary>Largest catalogue: some thousand images.</summary>
    public const int MaxBytes = 4 << 20;

    /// <summary>What the built-in catalogue is called.</summary>
    public const string BuiltInName = "built-in";

    /// <summary>Reads one.</summary>
    /// <param name="source">What it is called in faults and searches: a path or a URL.</param>
    /// <param name="utf8">Its text.</param>
    /// <exception cref="FaultException">INVALID_ARGUMENT with every fault, each under <c>SOURCE:LINE:COLUMN: field.path</c>.</exception>
    public static NamedCatalogue Read(string source, ReadOnlySpan<byte> utf8) =>
        new(source, ProtoDocument.Read<Catalog>(source, utf8, allowComments: true, CatalogueRules.Check));

    /// <summary>The catalogue that the program brings along.</summary>
    public static NamedCatalogue BuiltIn()
    {
        using var stream = typeof(CatalogueText).Assembly.GetManifestResourceStream("catalogue.json")
            ?? throw new InvalidOperationException("the build left catalogue.json out of Qvmc.Images");
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return Read(BuiltInName, copy.ToArray());
    }
}

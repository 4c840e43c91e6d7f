using Qvmc.Images.Catalogue;
using Qvmc.Protos.Catalog.V1;

namespace Qvmc.Images.Tests.Catalogue;

/// <summary>Catalogues in few words.</summary>
internal static class Catalogues
{
    public static NamedCatalogue Of(string source, params CatalogEntry[] entries) => new(source, new Catalog { Images = { entries } });

    /// <summary>An entry with a file for each processor.</summary>
    public static CatalogEntry Entry(string name, string[]? aliases = null, bool latest = false, string title = "", string[]? arches = null, string host = "a.example")
    {
        var entry = new CatalogEntry { Name = name, Latest = latest, Title = title, Aliases = { aliases ?? [] } };
        entry.Files.AddRange((arches ?? ["x86_64", "aarch64"]).Select(arch => new CatalogFile { Arch = arch, Url = $"https://{host}/{name.Replace(':', '-')}-{arch}.qcow2" }));
        return entry;
    }
}

using Qvmc.Core.Faults;

namespace Qvmc.Images.Catalogue;

/// <summary>What came of reading a catalogue. The same reading is the same object.</summary>
/// <param name="Catalogue">The last good one; null when there never was one.</param>
/// <param name="Warning">What is in the way; empty: nothing.</param>
public sealed record CatalogueReading(NamedCatalogue? Catalogue, string Warning)
{
    private const int MostFaults = 5;

    /// <summary>Nobody has tried to read it yet: its warning is no news.</summary>
    public bool IsPending { get; init; }

    /// <summary>Nothing was read yet.</summary>
    public static CatalogueReading None { get; } = new(null, "");

    /// <summary>The last good catalogue, if any, stays; a warning says why.</summary>
    internal CatalogueReading With(string source, string trouble) =>
        this with { IsPending = false, Warning = $"the catalogue {source} {trouble}; {(Catalogue is null ? "it is left out" : "what was read before is used")}" };

    /// <summary>The faults of a catalogue in one line; the first of many.</summary>
    internal static string Faults(FaultException fault)
    {
        var list = string.Join("; ", fault.Fields.Take(MostFaults).Select(f => $"{f.Field}: {f.Message}"));
        var more = fault.Fields.Count > MostFaults ? $"; and {fault.Fields.Count - MostFaults} more" : "";
        return $"has {(fault.Fields.Count == 1 ? "a fault" : $"{fault.Fields.Count} faults")}: {list}{more}";
    }
}

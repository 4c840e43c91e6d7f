using System.Collections.Immutable;

namespace Qvmc.Qemu.Networks.Firewall;

/// <summary>A set or map of nftables, and what it holds.</summary>
/// <param name="Table">"inet" or "bridge": the family of our table that holds it.</param>
/// <param name="Kind">"set" or "map".</param>
/// <param name="Name">Its name.</param>
/// <param name="Type">"type ..." or "typeof ...", and what must be declared beside it.</param>
/// <param name="About">What it is for, to whoever lists the rules.</param>
/// <param name="Elements">Each key with what follows it: limit, comment, value.</param>
internal sealed record NftSet(string Table, string Kind, string Name, string Type, string About, ImmutableSortedDictionary<string, string> Elements)
{
    /// <summary>Its declaration with all it holds, for within a table's block.</summary>
    internal string Declaration => $$"""
            {{Kind}} {{Name}} {
                {{Type}}
                comment "{{About}}"{{All}}
            }

        """;

    /// <summary>What makes another of the same name out of this one; empty: they are the same.</summary>
    internal string Into(NftSet after)
    {
        var gone = Elements.Where(e => after.Elements.GetValueOrDefault(e.Key) != e.Value).Select(e => e.Key).ToArray();
        var added = after.Elements.Where(e => Elements.GetValueOrDefault(e.Key) != e.Value).Select(e => e.Key + e.Value).ToArray();
        return Command("delete", gone) + Command("add", added);
    }

    private string All => Elements.IsEmpty ? "" : $$"""

                elements = {
                    {{string.Join(",\n            ", Elements.Select(e => e.Key + e.Value))}}
                }
        """;

    private string Command(string verb, string[] elements) =>
        elements.Length == 0 ? "" : $"{verb} element {Table} qvmc {Name} {{\n    {string.Join(",\n    ", elements)}\n}}\n";
}

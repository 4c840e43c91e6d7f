using System.Globalization;
using System.Text;

namespace Qvmc.Qemu.Networks.Firewall;

/// <summary>
/// What <c>nft</c> is given: pure text, each time one transaction. Every transaction of ours leaves its number in the set
/// "revision", so that whoever listens to changes knows ours from others' (process ids would not do: they differ between
/// a container and the kernel that tells them).
/// </summary>
internal static class Ruleset
{
    // Added first, for only what is there can be deleted.
    internal const string None = """
        add table inet qvmc
        delete table inet qvmc
        add table bridge qvmc
        delete table bridge qvmc

        """;

    /// <summary>All of it, in place of whatever is in our tables.</summary>
    internal static string Whole(FirewallModel model, uint revision)
    {
        var sets = FirewallSets.Of(model);
        FirewallNetwork[] ours = [.. model.Networks.Values.Where(n => n.IsOurs)];
        return $$"""
            {{None}}
            table inet qvmc {
                comment "between machines, host and outside; kept so by qvmc qemu"

                set revision {
                    type mark
                    comment "number of the last change by qvmc qemu"
                    elements = { {{Number(revision)}} }
                }

            {{Declarations("inet")}}{{HostTable.Chains(ours)}}}

            table bridge qvmc {
                comment "what machines may send; kept so by qvmc qemu"

            {{Declarations("bridge")}}{{PortTable.Chains}}}

            """;

        string Declarations(string table) => string.Concat(sets.Where(s => s.Table == table).Select(s => s.Declaration + "\n"));
    }

    /// <summary>What turns the elements of one into those of another with the same networks; empty: nothing to do.</summary>
    internal static string Change(FirewallModel before, FirewallModel after, uint revision)
    {
        var text = new StringBuilder();
        foreach (var (old, now) in FirewallSets.Of(before).Zip(FirewallSets.Of(after)))
        {
            text.Append(old.Into(now));
        }

        return text.Length == 0
            ? ""
            : $"flush set inet qvmc revision\nadd element inet qvmc revision {{ {Number(revision)} }}\n{text}";
    }

    private static string Number(uint revision) => revision.ToString(CultureInfo.InvariantCulture);
}

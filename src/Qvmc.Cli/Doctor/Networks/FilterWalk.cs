namespace Qvmc.Cli.Doctor.Networks;

/// <summary>
/// Follows a packet that opens a connection through chains, as far as can be told from the interfaces alone. A rule
/// with other tests is passed over, unless it accepts and names the bridge: then it was written for it.
/// </summary>
internal sealed class FilterWalk(IReadOnlyList<FilterChain> chains, string bridge)
{
    /// <summary>An interface that no rule speaks of.</summary>
    public const string Elsewhere = "";

    private const int Deepest = 32;

    /// <summary>Whether it would be dropped by what begins with this chain.</summary>
    public bool IsDropped(FilterChain chain, string from, string to) => Verdict(chain, from, to, 0) switch
    {
        "drop" or "reject" => true,
        "accept" => false,
        _ => chain.Drops,
    };

    // Empty: nothing was decided.
    private string Verdict(FilterChain chain, string from, string to, int depth)
    {
        foreach (var rule in chain.Rules.Where(r => r.In.All(t => t.Holds(from)) && r.Out.All(t => t.Holds(to))))
        {
            var isForBridge = rule.In.Concat(rule.Out).Any(t => !t.Negated && t.Holds(bridge));
            if ((rule.IsForForwards && to != bridge) || (rule.HasOtherTests && !(isForBridge && rule.Target is not ("drop" or "reject" or "return"))))
            {
                continue;
            }

            switch (rule.Target)
            {
                case "accept" or "drop" or "reject":
                    return rule.Target;
                case "return":
                    return "";
                default:
                    var next = chains.FirstOrDefault(c => (c.Tool, c.Family, c.Table, c.Name) == (chain.Tool, chain.Family, chain.Table, rule.Target));
                    if (next is not null && depth < Deepest && Verdict(next, from, to, depth + 1) is { Length: > 0 } verdict)
                    {
                        return verdict;
                    }

                    break;
            }
        }

        return "";
    }
}

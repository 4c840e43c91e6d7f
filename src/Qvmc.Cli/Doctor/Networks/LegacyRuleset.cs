namespace Qvmc.Cli.Doctor.Networks;

/// <summary>Reads what <c>iptables-legacy-save</c> prints: rules that nft does not know of.</summary>
internal static class LegacyRuleset
{
    /// <summary>The chains of table filter.</summary>
    public static IReadOnlyList<FilterChain> Parse(string text)
    {
        var chains = new Dictionary<string, FilterChain>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n').SkipWhile(l => l != "*filter").TakeWhile(l => l != "COMMIT"))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words is [[':', .. var name], var policy, ..])
            {
                var hook = name switch
                {
                    "FORWARD" => "forward",
                    "INPUT" => "input",
                    _ => "",
                };
                chains[name] = new FilterChain("iptables-legacy", "ip", "filter", name, hook, policy == "DROP", []);
            }
            else if (words is ["-A", var chain, .. var rest] && chains.TryGetValue(chain, out var home))
            {
                home.Rules.Add(Rule(rest));
            }
        }

        return [.. chains.Values];
    }

    private static FilterRule Rule(string[] words)
    {
        var (into, leaving, other, target) = (new List<InterfaceTest>(), new List<InterfaceTest>(), false, "");
        for (var i = 0; i < words.Length; i++)
        {
            var negated = words[i] == "!" && i + 1 < words.Length;
            i += negated ? 1 : 0;
            var value = i + 1 < words.Length ? words[i + 1] : "";
            switch (words[i])
            {
                case "-i":
                    into.Add(new InterfaceTest(negated, [value]));
                    i++;
                    break;
                case "-o":
                    leaving.Add(new InterfaceTest(negated, [value]));
                    i++;
                    break;
                case "-j" or "-g":
                    // Behind it are what the target takes.
                    target = value is "ACCEPT" or "DROP" or "REJECT" or "RETURN" ? value.ToLowerInvariant() : value;
                    i = words.Length;
                    break;
                default:
                    other = true;
                    break;
            }
        }

        return new FilterRule(into, leaving, IsForForwards: false, other, target);
    }
}

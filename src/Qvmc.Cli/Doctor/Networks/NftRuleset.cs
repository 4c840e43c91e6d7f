using System.Text.Json.Nodes;

namespace Qvmc.Cli.Doctor.Networks;

/// <summary>Reads what <c>nft -j list ruleset</c> prints; rules that iptables made are among them.</summary>
internal static class NftRuleset
{
    /// <summary>All chains but those of our own tables.</summary>
    public static IReadOnlyList<FilterChain> Parse(string json)
    {
        var chains = new Dictionary<(string, string, string), FilterChain>();
        foreach (var item in JsonNode.Parse(json)?["nftables"]?.AsArray() ?? [])
        {
            if (item?["chain"] is { } chain && Text(chain["table"]) != "qvmc")
            {
                // A chain of type "nat" drops nothing by its policy; one that is no base chain has none.
                var isFilter = Text(chain["type"]) == "filter" && Text(chain["hook"]) is "forward" or "input";
                chains[Key(chain, "name")] = new FilterChain(
                    "nft", Text(chain["family"]), Text(chain["table"]), Text(chain["name"]), isFilter ? Text(chain["hook"]) : "", Text(chain["policy"]) == "drop", []);
            }
            else if (item?["rule"] is { } rule && chains.TryGetValue(Key(rule, "chain"), out var home))
            {
                home.Rules.AddRange(Rules(rule["expr"]?.AsArray() ?? []));
            }
        }

        return [.. chains.Values];
    }

    // One rule, or one for each entry of a verdict map.
    private static IEnumerable<FilterRule> Rules(JsonArray expressions)
    {
        var (into, leaving, forwards, other, target) = (new List<InterfaceTest>(), new List<InterfaceTest>(), false, false, "");
        foreach (var expression in expressions.OfType<JsonObject>())
        {
            var (kind, value) = (expression.First().Key, expression.First().Value);
            switch (kind)
            {
                case "match" when Interface(value, "left") is { Length: > 0 } left:
                    (left[0] == 'i' ? into : leaving).Add(new InterfaceTest(Text(value?["op"]) == "!=", [.. Names(value?["right"])]));
                    break;
                case "match" when IsDnat(value):
                    forwards = true;
                    break;
                case "vmap" when Interface(value, "key") is { Length: > 0 } key:
                    var isIn = key[0] == 'i';
                    var entries = value?["data"]?["set"] as JsonArray ?? [];
                    foreach (var entry in entries.OfType<JsonArray>().Where(e => e.Count == 2 && e[1] is JsonObject))
                    {
                        InterfaceTest[] name = [new(false, [.. Names(entry[0])])];
                        yield return new FilterRule(isIn ? [.. into, .. name] : into, isIn ? leaving : [.. leaving, .. name], forwards, other, Target(entry[1]!.AsObject()));
                    }

                    yield break;
                case "counter" or "log" or "comment":
                    break;
                case "accept" or "drop" or "reject" or "return" or "jump" or "goto":
                    target = Target(expression);
                    break;
                case "xt" when Text(value?["type"]) == "target":
                    target = Text(value?["name"]) == "REJECT" ? "reject" : "";
                    break;
                default:
                    other = true;
                    break;
            }
        }

        yield return new FilterRule(into, leaving, forwards, other, target);
    }

    private static string Interface(JsonNode? value, string side) => Text(value?[side]?["meta"]?["key"]) switch
    {
        "iifname" or "iif" => "in",
        "oifname" or "oif" => "out",
        _ => "",
    };

    private static bool IsDnat(JsonNode? value) => Text(value?["left"]?["ct"]?["key"]) == "status" && Text(value?["right"]) == "dnat";

    private static string Target(JsonObject verdict) => verdict.First() switch
    {
        ("jump" or "goto", var to) => Text(to?["target"]),
        var (kind, _) => kind,
    };

    private static IEnumerable<string> Names(JsonNode? right) => right switch
    {
        JsonObject set when set["set"] is JsonArray names => names.SelectMany(Names),
        JsonValue => [Text(right)],
        _ => [],
    };

    private static (string, string, string) Key(JsonNode node, string name) => (Text(node["family"]), Text(node["table"]), Text(node[name]));

    private static string Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : "";
}

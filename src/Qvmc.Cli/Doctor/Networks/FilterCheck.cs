namespace Qvmc.Cli.Doctor.Networks;

/// <summary>
/// Whether rules that others made drop what machines on a bridge send or are sent. What our own rules accept is accepted
/// by them alone: in the packet filter one "drop" stands against any number of "accept".
/// </summary>
internal static class FilterCheck
{
    /// <summary>Looks at a network's bridge.</summary>
    /// <param name="chains">All chains of others.</param>
    /// <param name="network">The network's name.</param>
    /// <param name="bridge">Its interface.</param>
    /// <param name="isolated">Nothing is to leave it.</param>
    public static IReadOnlyList<Finding> Of(IReadOnlyList<FilterChain> chains, string network, string bridge, bool isolated)
    {
        var walk = new FilterWalk(chains, bridge);
        return [.. chains.Where(c => c.Hook.Length > 0).SelectMany(c => Lost(walk, c, bridge, isolated).Take(1).Select(what => new Finding(
            $"firewall {network}",
            Outcome.Warn,
            $"{Place(chains, c)} drops {what}",
            Advice(chains, c, bridge))))];
    }

    private static IEnumerable<string> Lost(FilterWalk walk, FilterChain chain, string bridge, bool isolated)
    {
        if (chain.Hook == "input")
        {
            if (walk.IsDropped(chain, bridge, FilterWalk.Elsewhere))
            {
                yield return $"what machines ask the host (interface {bridge}), DHCP and DNS among it: they will have no addresses";
            }

            yield break;
        }

        if (!isolated && walk.IsDropped(chain, bridge, FilterWalk.Elsewhere))
        {
            yield return $"what machines send to the outside (interface {bridge})";
        }

        if (walk.IsDropped(chain, FilterWalk.Elsewhere, bridge))
        {
            yield return $"what comes to machines by port forwards (interface {bridge})";
        }
    }

    private static string Place(IReadOnlyList<FilterChain> chains, FilterChain chain) => Whose(chains, chain) switch
    {
        Owner.Firewalld => "firewalld",
        Owner.Ufw => "ufw",
        Owner.Docker => $"the chain {chain.Name} that Docker closed",
        _ when chain.Tool == "nft" => $"the chain {chain.Name} of table {chain.Family} {chain.Table}",
        _ => $"the chain {chain.Name} ({chain.Tool})",
    };

    private static string Advice(IReadOnlyList<FilterChain> chains, FilterChain chain, string bridge)
    {
        var iptables = chain.Tool == "iptables-legacy" ? chain.Tool : chain.Family == "ip6" ? "ip6tables" : "iptables";
        return Whose(chains, chain) switch
        {
            Owner.Firewalld => $"sudo firewall-cmd --permanent --zone=trusted --add-interface={bridge} && sudo firewall-cmd --reload",
            Owner.Ufw when chain.Hook == "input" => $"sudo ufw allow in on {bridge}",
            Owner.Ufw => $"sudo ufw route allow in on {bridge} && sudo ufw route allow out on {bridge}",
            Owner.Docker => Insert("DOCKER-USER"),
            Owner.Iptables => Insert(chain.Name),
            Owner.Other => string.Join(" && ", Sides().Select(side => $"sudo nft 'insert rule {chain.Family} {chain.Table} {chain.Name} {(side == "-i" ? "iifname" : "oifname")} \"{bridge}\" accept'")),
        };

        string Insert(string into) => string.Join(" && ", Sides().Select(side => $"sudo {iptables} -I {into} {side} {bridge} -j ACCEPT"));

        string[] Sides() => chain.Hook == "input" ? ["-i"] : ["-i", "-o"];
    }

    private static Owner Whose(IReadOnlyList<FilterChain> chains, FilterChain chain)
    {
        var beside = chains.Where(c => (c.Tool, c.Family, c.Table) == (chain.Tool, chain.Family, chain.Table)).ToArray();
        return chain switch
        {
            { Table: "firewalld" } => Owner.Firewalld,
            _ when beside.Any(c => c.Name.StartsWith("ufw", StringComparison.Ordinal)) => Owner.Ufw,
            { Hook: "forward" } when beside.Any(c => c.Name == "DOCKER-USER") => Owner.Docker,
            { Tool: "iptables-legacy" } or { Family: "ip" or "ip6", Table: "filter", Name: "FORWARD" or "INPUT" } => Owner.Iptables,
            _ => Owner.Other,
        };
    }

    private enum Owner
    {
        Firewalld,
        Ufw,
        Docker,
        Iptables,
        Other,
    }
}

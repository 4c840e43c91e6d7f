namespace Qvmc.Cli.Doctor.Networks;

/// <summary>A chain of the host's packet filter.</summary>
/// <param name="Tool">What changes it: "nft" or "iptables-legacy".</param>
/// <param name="Family">"ip", "ip6" or "inet".</param>
/// <param name="Table">Its table.</param>
/// <param name="Name">Its name.</param>
/// <param name="Hook">"forward" or "input" where packets enter; else empty.</param>
/// <param name="Drops">What reaches its end is dropped.</param>
/// <param name="Rules">Its rules, in order.</param>
internal sealed record FilterChain(string Tool, string Family, string Table, string Name, string Hook, bool Drops, List<FilterRule> Rules);

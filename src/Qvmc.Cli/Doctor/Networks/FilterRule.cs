namespace Qvmc.Cli.Doctor.Networks;

/// <summary>A rule of the host's packet filter, as far as it matters to whom a packet from or to a bridge meets.</summary>
/// <param name="In">Tests of the interface that a packet comes by; all must hold.</param>
/// <param name="Out">Tests of the interface that it leaves by.</param>
/// <param name="IsForForwards">It is for what a port forward brings only.</param>
/// <param name="HasOtherTests">It looks at something else too, so nobody can tell from here whether it applies.</param>
/// <param name="Target">"accept", "drop", "reject", "return", a chain's name; empty: it decides nothing.</param>
internal sealed record FilterRule(IReadOnlyList<InterfaceTest> In, IReadOnlyList<InterfaceTest> Out, bool IsForForwards, bool HasOtherTests, string Target);

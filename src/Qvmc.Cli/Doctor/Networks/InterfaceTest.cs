namespace Qvmc.Cli.Doctor.Networks;

/// <summary>A rule's test of an interface.</summary>
/// <param name="Negated">It must be none of them.</param>
/// <param name="Names">Names; one that ends in '*' or '+' stands for all that begin so.</param>
internal sealed record InterfaceTest(bool Negated, IReadOnlyList<string> Names)
{
    /// <summary>Whether an interface passes.</summary>
    public bool Holds(string name) => Negated != Names.Any(n => n.Length > 0 && n[^1] is '*' or '+' ? name.StartsWith(n[..^1], StringComparison.Ordinal) : n == name);
}

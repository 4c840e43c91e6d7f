using Qvmc.Core.Faults;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Verbs;

/// <summary>What came of a verb for one name.</summary>
/// <param name="Name">The instance's.</param>
/// <param name="Instance">The instance afterwards; null when it failed or is gone.</param>
/// <param name="Sentence">What was done; empty when there is nothing to say.</param>
/// <param name="Fault">Why it failed; null when it did not.</param>
internal sealed record NameOutcome(string Name, Instance? Instance, string Sentence, FaultException? Fault)
{
    /// <summary>It worked.</summary>
    public static NameOutcome Done(string name, Instance? instance, string sentence) => new(name, instance, sentence, null);

    /// <summary>It failed.</summary>
    public static NameOutcome Failed(string name, FaultException fault) => new(name, null, "", fault);
}

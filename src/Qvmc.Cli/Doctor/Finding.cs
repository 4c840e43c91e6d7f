namespace Qvmc.Cli.Doctor;

/// <summary>What a check found.</summary>
/// <param name="Check">What was looked at, in a word or two.</param>
/// <param name="Outcome">How it is.</param>
/// <param name="Detail">What is so.</param>
/// <param name="Fix">The command that mends it, or what to do; empty when there is nothing to mend.</param>
internal sealed record Finding(string Check, Outcome Outcome, string Detail, string Fix = "")
{
    /// <summary>As it should be.</summary>
    public static Finding Ok(string check, string detail) => new(check, Outcome.Ok, detail);
}

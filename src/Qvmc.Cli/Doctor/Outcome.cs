namespace Qvmc.Cli.Doctor;

/// <summary>How a check came out.</summary>
internal enum Outcome
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Machines run, but not as well as they could.</summary>
    Warn,

    /// <summary>Machines can't run.</summary>
    Fail,
}

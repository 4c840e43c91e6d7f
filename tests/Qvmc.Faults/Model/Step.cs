namespace Qvmc.Faults.Model;

/// <summary>One thing that happens; those of one moment happen at once, each by a client of its own.</summary>
public sealed record Step(StepKind Kind, int Machine, bool AtOnce)
{
    /// <summary>For the story.</summary>
    public override string ToString() => $"{(AtOnce ? "and at once " : "then ")}{Text}";

    private string Text => Kind switch
    {
        StepKind.KillController => "the controller is killed and comes back",
        StepKind.KillHost => "the host's daemon is killed and comes back",
        StepKind.KillBoth => "both daemons are killed and come back",
        StepKind.KillQemu => $"QEMU of m{Machine} is killed",
        StepKind.List => "everything is listed",
        _ => $"{Kind} m{Machine}",
    };
}

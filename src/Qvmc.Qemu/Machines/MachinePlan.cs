using Qvmc.Protos.Instance.V1;

namespace Qvmc.Qemu.Machines;

/// <summary>What an actor does next.</summary>
internal enum MachineStep
{
    /// <summary>All is as ordered, or what is in hand leads there.</summary>
    None,

    /// <summary>Begin a start.</summary>
    Start,

    /// <summary>Break off the start in hand: it takes itself back.</summary>
    CancelStart,

    /// <summary>Begin a stop.</summary>
    Stop,

    /// <summary>Let the stop in hand wait no longer for the guest.</summary>
    HastenStop,

    /// <summary>Let the guest's processors run.</summary>
    Resume,

    /// <summary>Let them stand still.</summary>
    Pause,

    /// <summary>Remove the machine's files.</summary>
    Remove,
}

/// <summary>The sequence that an actor has in hand; never more than one.</summary>
internal enum Doing
{
    Nothing,
    Starting,
    Stopping,
    Removing,
}

/// <summary>How a live machine's processors are.</summary>
internal enum Processors
{
    /// <summary>They run.</summary>
    Running,

    /// <summary>They stand still, for a user or for trouble.</summary>
    Paused,

    /// <summary>The guest has shut itself down; QEMU waits to be told to quit.</summary>
    Halted,

    /// <summary>The monitor does not answer: nobody knows.</summary>
    Silent,
}

/// <summary>What the next step depends on.</summary>
internal sealed record MachineView
{
    internal required Doing Doing { get; init; }

    /// <summary>Null: there is no process.</summary>
    internal required Processors? Processors { get; init; }

    /// <summary>They stand still because of trouble (disk, guest panic), not by a user's wish.</summary>
    internal bool InTrouble { get; init; }

    internal required PowerState Wanted { get; init; }

    internal required uint WantedBoot { get; init; }

    internal required uint LastBoot { get; init; }

    internal bool Removing { get; init; }

    /// <summary>The order wants a stop by force.</summary>
    internal bool Force { get; init; }

    /// <summary>The daemon ends: nothing is begun any more.</summary>
    internal bool Ending { get; init; }
}

/// <summary>Decides what an actor does next: ordered against actual, with no memory of how it came about.</summary>
internal static class MachinePlan
{
    internal static MachineStep Next(MachineView view) => view.Doing switch
    {
        Doing.Removing => MachineStep.None,
        Doing.Starting => view.Ending || MustEnd(view) ? MachineStep.CancelStart : MachineStep.None,
        Doing.Stopping => MustEnd(view) && (view.Force || view.Removing) ? MachineStep.HastenStop : MachineStep.None,
        Doing.Nothing when view.Ending => MachineStep.None,
        Doing.Nothing when view.Processors is { } processors => MustEnd(view) ? MachineStep.Stop : NextOfLive(view, processors),
        Doing.Nothing => NextOfDown(view),
    };

    private static MachineStep NextOfLive(MachineView view, Processors processors) => processors switch
    {
        Processors.Halted => MachineStep.Stop,
        Processors.Silent => MachineStep.None,
        Processors.Running => view.Wanted == PowerState.Paused ? MachineStep.Pause : MachineStep.None,
        Processors.Paused => view.Wanted == PowerState.Running && !view.InTrouble ? MachineStep.Resume : MachineStep.None,
    };

    private static MachineStep NextOfDown(MachineView view) => view switch
    {
        { Removing: true } => MachineStep.Remove,
        { Wanted: PowerState.Running or PowerState.Paused } when view.WantedBoot > view.LastBoot => MachineStep.Start,
        _ => MachineStep.None,
    };

    // A later boot than the one that runs is a restart: this run ends first.
    private static bool MustEnd(MachineView view) =>
        view.Removing || view.Wanted == PowerState.Stopped || view.WantedBoot > view.LastBoot;
}

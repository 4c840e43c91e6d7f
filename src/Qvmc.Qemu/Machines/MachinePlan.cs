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

    /// <summary>Begin a change of the disks, CDs or interfaces of a machine that runs.</summary>
    Change,

    /// <summary>Break off the change in hand: something more important waits.</summary>
    CancelChange,

    /// <summary>Remove the machine's files.</summary>
    Remove,
}

/// <summary>The sequence that an actor has in hand; never more than one.</summary>
internal enum Doing
{
    Nothing,
    Starting,
    Stopping,
    Changing,
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

    /// <summary>What keeps them from running may be over, or a user wants them to try.</summary>
    internal bool ResumeDue { get; init; }

    /// <summary>They are told to run, and have not answered yet.</summary>
    internal bool Resuming { get; init; }

    /// <summary>A disk is damaged: it must not run on.</summary>
    internal bool Corrupted { get; init; }

    internal required PowerState Wanted { get; init; }

    internal required uint WantedBoot { get; init; }

    internal required uint LastBoot { get; init; }

    internal bool Removing { get; init; }

    /// <summary>The order wants a stop by force.</summary>
    internal bool Force { get; init; }

    /// <summary>Disks, CDs or interfaces are not yet as ordered, and it is time to see to that.</summary>
    internal bool ChangeDue { get; init; }

    /// <summary>Its start waits for those of other machines.</summary>
    internal bool Held { get; init; }

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
        Doing.Stopping => MustEnd(view) && (view.Force || view.Removing || view.Corrupted) ? MachineStep.HastenStop : MachineStep.None,
        Doing.Changing when view.Ending || MustEnd(view) => MachineStep.CancelChange,
        Doing.Changing => view.Processors is null or Processors.Halted ? MachineStep.CancelChange : NextOfLive(view with { ChangeDue = false }, view.Processors.Value),
        Doing.Nothing when view.Ending => MachineStep.None,
        Doing.Nothing when view.Processors is { } processors => MustEnd(view) ? MachineStep.Stop : NextOfLive(view, processors),
        Doing.Nothing => NextOfDown(view),
    };

    private static MachineStep NextOfLive(MachineView view, Processors processors) => processors switch
    {
        Processors.Halted => MachineStep.Stop,
        Processors.Silent => MachineStep.None,
        Processors.Running => view.Wanted == PowerState.Paused ? MachineStep.Pause : Change(view),
        Processors.Paused => view.Wanted == PowerState.Running && !view.Resuming && (!view.InTrouble || view.ResumeDue) ? MachineStep.Resume : Change(view),
    };

    private static MachineStep Change(MachineView view) => view.ChangeDue ? MachineStep.Change : MachineStep.None;

    private static MachineStep NextOfDown(MachineView view) => view switch
    {
        { Removing: true } => MachineStep.Remove,
        { Wanted: PowerState.Running or PowerState.Paused } when view.WantedBoot > view.LastBoot && !view.Held => MachineStep.Start,
        _ => MachineStep.None,
    };

    // A later boot than the one that runs is a restart: this run ends first.
    private static bool MustEnd(MachineView view) =>
        view.Removing || (view.Corrupted && view.Processors is not null) || view.Wanted == PowerState.Stopped || view.WantedBoot > view.LastBoot;
}

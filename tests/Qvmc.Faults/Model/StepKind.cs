namespace Qvmc.Faults.Model;

/// <summary>What may happen to a machine or to the daemons.</summary>
public enum StepKind
{
    Launch,
    LaunchStopped,
    Start,
    Stop,
    ForceStop,
    Restart,
    Delete,
    Update,
    List,
    KillQemu,
    KillController,
    KillHost,
    KillBoth,
}

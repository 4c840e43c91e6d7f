namespace Qvmc.Faults.Model;

/// <summary>
/// Stories that are played in every run: those where one wish crosses another or a death. A random one that ended wrong comes
/// here too, as it was told.
/// </summary>
public static class FixedStories
{
    public static readonly IReadOnlyDictionary<string, Step[]> ByName = new Dictionary<string, Step[]>
    {
        ["stopped while it starts"] = [Then(StepKind.LaunchStopped), Then(StepKind.Start), AtOnce(StepKind.Stop), AtOnce(StepKind.ForceStop)],
        ["deleted while it starts"] = [Then(StepKind.LaunchStopped), Then(StepKind.Start), AtOnce(StepKind.Delete)],
        ["started while it stops"] = [Then(StepKind.Launch), Then(StepKind.Stop), AtOnce(StepKind.Start), AtOnce(StepKind.Restart)],
        ["deleted and launched at once"] = [Then(StepKind.Launch), Then(StepKind.Delete), AtOnce(StepKind.Launch), AtOnce(StepKind.Launch), Then(StepKind.Launch)],
        ["deleted while both daemons die"] = [Then(StepKind.Launch), Then(StepKind.Delete), AtOnce(StepKind.KillBoth), Then(StepKind.Launch)],
        ["launched while the host's daemon dies, and its QEMU with it"] =
            [Then(StepKind.Launch), AtOnce(StepKind.KillHost), Then(StepKind.KillQemu), AtOnce(StepKind.KillHost), Then(StepKind.Start)],
        ["restarted while the controller dies"] = [Then(StepKind.Launch), Then(StepKind.Restart), AtOnce(StepKind.KillController), Then(StepKind.ForceStop), AtOnce(StepKind.KillController)],
        ["killed, stopped, changed and started while nobody looks"] =
            [Then(StepKind.Launch), Then(StepKind.KillHost), AtOnce(StepKind.KillQemu), AtOnce(StepKind.Stop), AtOnce(StepKind.Update), Then(StepKind.Start)],
    };

    private static Step Then(StepKind kind) => new(kind, 1, false);

    private static Step AtOnce(StepKind kind) => new(kind, 1, true);
}

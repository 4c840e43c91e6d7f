using Google.Protobuf.WellKnownTypes;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Core.Instances;

/// <summary>
/// Every command in every state. A command that finds things as it wants them is no error; one that would harm a
/// running guest is refused and says what to do instead; one that has to wait for another is accepted, for the host
/// finishes the one before it begins the next. Of a machine whose QEMU does not answer it is known that it is up: what its
/// host can do without an answer is done, the rest when there is one.
/// </summary>
public static class CommandRules
{
    /// <summary>What becomes of a command.</summary>
    /// <param name="command">Which.</param>
    /// <param name="now">The instance.</param>
    /// <param name="force">Stop, restart and delete: without asking the guest.</param>
    /// <param name="paused">Start: with the guest's processors standing still.</param>
    /// <param name="grace">Stop: how long the guest may take; null: what its host allows.</param>
    public static Ruling Judge(InstanceCommand command, Situation now, bool force = false, bool paused = false, Duration? grace = null)
    {
        if (now.Deleting && command is not InstanceCommand.Delete)
        {
            return Refuse(now, "is being deleted: wait until it is gone, then launch it again");
        }

        if (now.Lost is { } lost && command is (InstanceCommand.Start or InstanceCommand.Restart or InstanceCommand.Resume))
        {
            return new Ruling(Verdict.Refuse, $"instance {Shown.Quote(now.Name)} can't be started: {lost}");
        }

        return command switch
        {
            InstanceCommand.Start => paused ? JudgePausedStart(now) : JudgeStart(now),
            InstanceCommand.Stop => JudgeStop(now, force, grace),
            InstanceCommand.Restart => JudgeRestart(now),
            InstanceCommand.Pause => JudgePause(now),
            InstanceCommand.Resume => JudgeResume(now),
            InstanceCommand.Update => Accept(now, "is changed"),
            InstanceCommand.Delete => JudgeDelete(now, force),
        };
    }

    private static Ruling JudgeStart(Situation now) => now.State switch
    {
        State.Stopped or State.Failed => Accept(now, "is being started"),
        State.Starting => now.Wanted == PowerState.Paused
            ? Accept(now, "is starting and will go on instead of standing still")
            : Already(now, "is starting already"),
        State.Running => Already(now, "is running already"),
        State.Paused => Accept(now, "goes on"),
        State.Stopping => now.StartPending
            ? Already(now, "is being restarted already")
            : Accept(now, "is stopping and will be started after that"),

        State.Unknown when now.Silent => now.Wanted == PowerState.Paused
            ? Accept(now, "will go on when its QEMU answers")
            : Already(now, "is up already; its QEMU does not answer, so nobody knows how it is"),

        // A new number would restart a guest that may well be running.
        State.Unknown or State.Unspecified => now.WantsProcess && (now.StartPending || !now.SeenDown)
            ? Already(now, "is to run already; its host can't be reached, so nobody knows whether it does")
            : Accept(now, "will be started when its host can be reached"),
    };

    private static Ruling JudgePausedStart(Situation now) => now.State switch
    {
        State.Stopped or State.Failed => Accept(now, "is being started and will stand still"),
        State.Starting => now.Wanted == PowerState.Paused
            ? Already(now, "is starting already and will stand still")
            : Refuse(now, "is starting already and will run: stop it first to start it paused"),
        State.Running => Refuse(now, "is running: stop it first to start it paused"),
        State.Paused => Already(now, "stands still already"),
        State.Stopping => now.StartPending
            ? Refuse(now, "is being restarted already: stop it first to start it paused")
            : Accept(now, "is stopping and will be started after that, standing still"),
        State.Unknown when now.Silent => Refuse(now, "is up already, and its QEMU does not answer: stop it first to start it paused"),
        State.Unknown or State.Unspecified => now.WantsProcess && (now.StartPending || !now.SeenDown)
            ? Refuse(now, "is to run already, and its host can't be reached: stop it first to start it paused")
            : Accept(now, "will be started, standing still, when its host can be reached"),
    };

    private static Ruling JudgeStop(Situation now, bool force, Duration? grace) => now.State switch
    {
        State.Stopped => Already(now, "is stopped already"),
        State.Failed => now.StartPending
            ? Accept(now, "is no longer to be started")
            : Already(now, "is not running: it failed"),
        State.Starting => Accept(now, "is starting and is being stopped"),
        State.Running or State.Paused => AcceptStop(now, force),
        State.Stopping => now.StartPending
            ? Accept(now, "is stopping and will not be started after that")
            : force && !now.Forced
                ? Accept(now, "is stopping and is now being ended by force")
                : now.IsShorter(grace)
                    ? Accept(now, "is stopping and has less time for it now")
                    : Already(now, "is stopping already"),
        State.Unknown when now.Silent => AcceptStop(now, force),
        State.Unknown or State.Unspecified => now.WantsProcess || (force && !now.Forced)
            ? Accept(now, "will be stopped when its host can be reached")
            : Already(now, "is to be stopped already, as soon as its host can be reached"),
    };

    private static Ruling JudgeRestart(Situation now) => now.State switch
    {
        State.Stopped or State.Failed => Accept(now, "is being started"),
        State.Starting or State.Running or State.Paused => Accept(now, "is being restarted"),
        State.Stopping => Accept(now, "is stopping and will be started after that"),
        State.Unknown or State.Unspecified => Accept(now, now.Silent ? "is being restarted" : "will be restarted when its host can be reached"),
    };

    private static Ruling JudgePause(Situation now) => now.State switch
    {
        State.Running => Accept(now, "is being paused"),
        State.Paused => now.Wanted == PowerState.Paused
            ? Already(now, "is paused already")
            : Accept(now, "is paused, and stays so until it is resumed"),
        State.Starting => now.Wanted == PowerState.Paused
            ? Already(now, "is starting already and will stand still")
            : Accept(now, "is starting and will stand still"),
        State.Stopping => Refuse(now, "is stopping: there is nothing to pause"),
        State.Stopped or State.Failed => Refuse(now, "is not running: there is nothing to pause; start can leave it standing still"),
        State.Unknown when now.Silent => now.Wanted == PowerState.Paused
            ? Already(now, "is to be paused already, as soon as its QEMU answers")
            : Accept(now, "will be paused when its QEMU answers"),
        State.Unknown or State.Unspecified => now.Wanted == PowerState.Paused
            ? Already(now, "is to be paused already, as soon as its host can be reached")
            : now.WantsProcess && !now.SeenDown
                ? Accept(now, "will be paused when its host can be reached")
                : Refuse(now, "is not known to run: there is nothing to pause"),
    };

    private static Ruling JudgeResume(Situation now) => now.State switch
    {
        State.Running => now.Wanted == PowerState.Paused
            ? Accept(now, "goes on and is not paused after all")
            : Already(now, "is running already"),
        State.Paused => Accept(now, "goes on"),
        State.Starting => now.Wanted == PowerState.Paused
            ? Accept(now, "is starting and will go on instead of standing still")
            : Already(now, "is starting already"),
        State.Stopping => Refuse(now, "is stopping: start it after that"),
        State.Stopped or State.Failed => Refuse(now, "is not running: start it"),
        State.Unknown when now.Silent => JudgeStart(now),
        State.Unknown or State.Unspecified => now.WantsProcess && !now.SeenDown
            ? Accept(now, "will go on when its host can be reached")
            : Refuse(now, "is not known to run: start it"),
    };

    private static Ruling JudgeDelete(Situation now, bool force)
    {
        if (now.Deleting)
        {
            return force && !now.Forced ? Accept(now, "is being deleted, now by force") : Already(now, "is being deleted already");
        }

        return now.State switch
        {
            State.Stopped or State.Failed => Accept(now, "is being deleted"),
            State.Starting when now.WithoutImage => Accept(now, "is being deleted; the pull of its image goes on"),
            State.Starting => force ? Accept(now, "is being ended and deleted") : Refuse(now, "is starting: stop it first, or delete it by force"),
            State.Running or State.Paused => force ? Accept(now, "is being ended and deleted") : Refuse(now, "is running: stop it first, or delete it by force"),
            State.Stopping => force ? Accept(now, "is being ended and deleted") : Refuse(now, "is stopping: wait until it is stopped, or delete it by force"),
            State.Unknown when now.Silent => force ? Accept(now, "is being ended and deleted") : Refuse(now, "is up, though its QEMU does not answer: stop it first, or delete it by force"),
            State.Unknown or State.Unspecified => Accept(now, "will be deleted when its host can be reached"),
        };
    }

    private static Ruling AcceptStop(Situation now, bool force) => Accept(now, force ? "is being ended by force" : "is being stopped");

    private static Ruling Accept(Situation now, string what) => Say(Verdict.Accept, now, what);

    private static Ruling Already(Situation now, string what) => Say(Verdict.AlreadySo, now, what);

    private static Ruling Refuse(Situation now, string what) => Say(Verdict.Refuse, now, what);

    private static Ruling Say(Verdict verdict, Situation now, string what) => new(verdict, $"instance {Shown.Quote(now.Name)} {what}");
}

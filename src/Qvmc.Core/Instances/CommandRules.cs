using Qvmc.Protos.Instance.V1;

namespace Qvmc.Core.Instances;

/// <summary>
/// Every command in every state. A command that finds things as it wants them is no error; one that would harm a
/// running guest is refused and says what to do instead; one that has to wait for another is accepted, for the host
/// finishes the one before it begins the next.
/// </summary>
public static class CommandRules
{
    /// <summary>What becomes of a command.</summary>
    /// <param name="command">Which.</param>
    /// <param name="now">The instance.</param>
    /// <param name="force">Stop, restart and delete: without asking the guest.</param>
    /// <param name="paused">Start: with the guest's processors standing still.</param>
    public static Ruling Judge(InstanceCommand command, Situation now, bool force = false, bool paused = false)
    {
        if (now.Deleting && command is not InstanceCommand.Delete)
        {
            return Refuse(now, "is being deleted: wait until it is gone, then launch it again");
        }

        if (now.Lost is { } lost && command is (InstanceCommand.Start or InstanceCommand.Restart))
        {
            return new Ruling(Verdict.Refuse, $"instance {Shown.Quote(now.Name)} can't be started: {lost}");
        }

        return command switch
        {
            InstanceCommand.Start => paused ? JudgePausedStart(now) : JudgeStart(now),
            InstanceCommand.Stop => JudgeStop(now, force),
            InstanceCommand.Restart => JudgeRestart(now),
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
        State.Unknown or State.Unspecified => now.WantsProcess && (now.StartPending || !now.SeenDown)
            ? Refuse(now, "is to run already, and its host can't be reached: stop it first to start it paused")
            : Accept(now, "will be started, standing still, when its host can be reached"),
    };

    private static Ruling JudgeStop(Situation now, bool force) => now.State switch
    {
        State.Stopped => Already(now, "is stopped already"),
        State.Failed => now.StartPending
            ? Accept(now, "is no longer to be started")
            : Already(now, "is not running: it failed"),
        State.Starting => Accept(now, "is starting and is being stopped"),
        State.Running or State.Paused => Accept(now, force ? "is being ended by force" : "is being stopped"),
        State.Stopping => now.StartPending
            ? Accept(now, "is stopping and will not be started after that")
            : force && !now.Forced
                ? Accept(now, "is stopping and is now being ended by force")
                : Already(now, "is stopping already"),
        State.Unknown or State.Unspecified => now.WantsProcess || (force && !now.Forced)
            ? Accept(now, "will be stopped when its host can be reached")
            : Already(now, "is to be stopped already, as soon as its host can be reached"),
    };

    private static Ruling JudgeRestart(Situation now) => now.State switch
    {
        State.Stopped or State.Failed => Accept(now, "is being started"),
        State.Starting or State.Running or State.Paused => Accept(now, "is being restarted"),
        State.Stopping => Accept(now, "is stopping and will be started after that"),
        State.Unknown or State.Unspecified => Accept(now, "will be restarted when its host can be reached"),
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
            State.Starting => force ? Accept(now, "is being ended and deleted") : Refuse(now, "is starting: stop it first, or delete it by force"),
            State.Running or State.Paused => force ? Accept(now, "is being ended and deleted") : Refuse(now, "is running: stop it first, or delete it by force"),
            State.Stopping => force ? Accept(now, "is being ended and deleted") : Refuse(now, "is stopping: wait until it is stopped, or delete it by force"),
            State.Unknown or State.Unspecified => Accept(now, "will be deleted when its host can be reached"),
        };
    }

    private static Ruling Accept(Situation now, string what) => Say(Verdict.Accept, now, what);

    private static Ruling Already(Situation now, string what) => Say(Verdict.AlreadySo, now, what);

    private static Ruling Refuse(Situation now, string what) => Say(Verdict.Refuse, now, what);

    private static Ruling Say(Verdict verdict, Situation now, string what) => new(verdict, $"instance {Shown.Quote(now.Name)} {what}");
}

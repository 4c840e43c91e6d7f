using Qvmc.Cli.Instances;
using Qvmc.Core.Instances;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Launching;

/// <summary>
/// Judges what a watch tells of a launched instance. A stopped machine is the end only after it was seen alive: at first it
/// is stopped because its host has not begun.
/// </summary>
/// <param name="condition">What is waited for.</param>
/// <param name="uid">The instance; another of the same name means that it is gone.</param>
internal sealed class LaunchProgress(WaitCondition condition, string uid)
{
    private bool _wasSeen;
    private bool _wasAlive;

    /// <summary>Takes the next response.</summary>
    /// <returns>How the wait ends; null: it goes on.</returns>
    public LaunchEnding? Next(WatchResponse response) => response.Type switch
    {
        WatchEventType.Snapshot or WatchEventType.Changed => OnInstance(response.Instance),
        WatchEventType.Deleted => response.Instance.Uid == uid ? LaunchEnding.Deleted : null,
        WatchEventType.Synced => _wasSeen ? null : LaunchEnding.Deleted,
        WatchEventType.Resync => OnResync(),
        WatchEventType.Unspecified => null,
    };

    private LaunchEnding? OnResync()
    {
        _wasSeen = false;
        return null;
    }

    private LaunchEnding? OnInstance(Instance instance)
    {
        if (instance.Uid != uid)
        {
            return null;
        }

        _wasSeen = true;
        if (WaitConditions.Holds(condition, instance))
        {
            return LaunchEnding.Reached;
        }

        if (condition == WaitCondition.CloudInit && CloudInitFailure.Of(instance.Status ?? new InstanceStatus()) is not null)
        {
            return LaunchEnding.CloudInitFailed;
        }

        switch (instance.Status?.State ?? State.Unspecified)
        {
            case State.Failed:
                return LaunchEnding.Failed;
            case State.Starting or State.Running or State.Paused or State.Stopping:
                _wasAlive = true;
                return null;
            case State.Stopped when _wasAlive || instance.Spec.Power == PowerState.Stopped:
                return LaunchEnding.Stopped;
            default:
                return null;
        }
    }
}

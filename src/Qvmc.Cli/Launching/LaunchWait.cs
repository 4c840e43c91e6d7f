using Qvmc.Cli.Connection;
using Qvmc.Cli.Instances;
using Qvmc.Cli.Output;
using Qvmc.Protos.Controller.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Launching;

/// <summary>Watches an instance that was just launched until what is waited for holds or can't come true any more.</summary>
/// <param name="connection">The controller.</param>
/// <param name="terminal">The surroundings.</param>
/// <param name="condition">What is waited for.</param>
/// <param name="timeout">How long it waits at most.</param>
/// <param name="countsImage">
/// Whether the time counts in which an image is fetched: it does when somebody set the limit. Otherwise it begins anew as
/// long as more of the image comes.
/// </param>
internal sealed class LaunchWait(ControllerConnection connection, Terminal terminal, WaitCondition condition, TimeSpan timeout, bool countsImage = true)
{
    private readonly long _begin = terminal.Clock.GetTimestamp();

    /// <summary>What is waited for.</summary>
    public WaitCondition Condition => condition;

    /// <summary>How long it waits at most.</summary>
    public TimeSpan Timeout => timeout;

    /// <summary>How long it has been waiting.</summary>
    public TimeSpan Elapsed => terminal.Clock.GetElapsedTime(_begin);

    /// <summary>Waits; throws only for a controller that can't be reached any more.</summary>
    /// <param name="instance">As the launch answered it.</param>
    /// <param name="display">Shows the stages.</param>
    public async Task<LaunchEnd> RunAsync(Instance instance, IStageDisplay display)
    {
        using var timer = new CancellationTokenSource(timeout, terminal.Clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, terminal.Interrupted);
        var latest = instance;
        var progress = new LaunchProgress(condition, instance.Uid);
        var filter = new InstanceFilter { Names = { instance.Name } };
        await using var image = new LaunchImage(connection, terminal, display, OnImage);
        try
        {
            Show(instance);
            await foreach (var response in InstanceWatch.FollowAsync(connection, filter, Reconnection.Showing(terminal.Clock, display, instance.Name, wasReached: true), terminal.Clock, stop.Token))
            {
                if (response.Instance is { } seen && seen.Uid == instance.Uid)
                {
                    latest = seen;
                    Show(seen);
                }

                if (progress.Next(response) is { } ending)
                {
                    return new LaunchEnd(ending, latest);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Both ends are told apart below.
        }

        return new LaunchEnd(terminal.IsInterrupted ? LaunchEnding.Interrupted : LaunchEnding.TimedOut, latest);

        void Show(Instance seen)
        {
            if (!image.Update(seen))
            {
                display.Show(instance.Name, StageText.Phrase(seen));
            }
        }

        void OnImage()
        {
            if (!countsImage)
            {
                timer.CancelAfter(timeout);
            }
        }
    }
}

using Qvmc.Cli.Connection;
using Qvmc.Cli.Output;
using Qvmc.Protos.Image.V1;

namespace Qvmc.Cli.Images;

/// <summary>Watches a pull that was just asked for until it has ended.</summary>
internal sealed class PullWait(ControllerConnection connection, Terminal terminal)
{
    /// <summary>Waits; throws only for a controller that can't be reached any more.</summary>
    /// <param name="begun">The image as the controller answered it.</param>
    /// <param name="display">Shows how far it is.</param>
    public async Task<PullEnd> RunAsync(Image begun, IStageDisplay display)
    {
        if (!ImageText.IsComing(begun))
        {
            return Ended(begun);
        }

        var latest = begun;
        var wasSeen = false;
        var reconnection = Reconnection.Showing(terminal.Clock, display, begun.Name, wasReached: true);
        ImageText.Show(display, begun.Name, begun);
        try
        {
            await foreach (var response in ImageWatch.FollowAsync(connection, begun.Name, reconnection, terminal.Interrupted))
            {
                switch (response.Type)
                {
                    case ImageEventType.Snapshot or ImageEventType.Changed:
                        (latest, wasSeen) = (response.Image, true);
                        if (!ImageText.IsComing(latest))
                        {
                            return Ended(latest);
                        }

                        // New bytes are here, and only the pull's record is not gone yet: of that nobody needs to know.
                        if (latest.State != ImageState.Ready || latest.Digest == begun.Digest)
                        {
                            ImageText.Show(display, begun.Name, latest);
                        }

                        break;
                    case ImageEventType.Synced when !wasSeen:
                    case ImageEventType.Deleted:
                        return new PullEnd(PullEnding.Cancelled, latest);
                    case ImageEventType.Synced:
                        // After the next connection everything comes again.
                        wasSeen = false;
                        break;
                }
            }
        }
        catch (OperationCanceledException) when (terminal.IsInterrupted)
        {
            // Told apart below.
        }

        return new PullEnd(PullEnding.Interrupted, latest);
    }

    private static PullEnd Ended(Image image) => new(image.State == ImageState.Ready && image.Error.Length == 0 ? PullEnding.Done : PullEnding.Failed, image);
}

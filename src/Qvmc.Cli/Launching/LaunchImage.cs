using Grpc.Core;
using Qvmc.Cli.Connection;
using Qvmc.Cli.Images;
using Qvmc.Cli.Instances;
using Qvmc.Cli.Output;
using Qvmc.Protos.Image.V1;
using Qvmc.Protos.Instance.V1;

namespace Qvmc.Cli.Launching;

/// <summary>
/// Shows how far the image is that a launched instance waits for. Only shows: what becomes of the instance its own watch
/// tells, whether this works or not.
/// </summary>
/// <param name="connection">The controller.</param>
/// <param name="terminal">The surroundings.</param>
/// <param name="display">Where it is shown.</param>
/// <param name="onProgress">Told whenever more of the image came.</param>
internal sealed class LaunchImage(ControllerConnection connection, Terminal terminal, IStageDisplay display, Action onProgress) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task _following = Task.CompletedTask;
    private string _followed = "";

    /// <summary>Takes the instance as it is now.</summary>
    /// <returns>Whether its image is shown, and so nothing else need be.</returns>
    public bool Update(Instance instance)
    {
        if (!StageText.WaitsForImage(instance))
        {
            _stop.Cancel();
            return false;
        }

        if (_followed.Length == 0)
        {
            _followed = instance.Spec.Image;
            display.Show(instance.Name, StageText.Phrase(instance));
            _following = FollowAsync(instance.Name, _followed, _stop.Token);
        }

        return true;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _following;
        _stop.Dispose();
    }

    private async Task FollowAsync(string instance, string name, CancellationToken ct)
    {
        var most = 0UL;
        try
        {
            await foreach (var response in ImageWatch.FollowAsync(connection, name, new Reconnection(terminal.Clock, () => { }, wasReached: true), ct))
            {
                if (response is { Type: ImageEventType.Snapshot or ImageEventType.Changed, Image: { State: not ImageState.Ready } image } && ImageText.IsComing(image) && !ct.IsCancellationRequested)
                {
                    ImageText.Show(display, instance, image, $" {name}");
                    var done = image.Progress?.DoneBytes ?? 0;
                    if (done > most)
                    {
                        most = done;
                        onProgress();
                    }
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or RpcException)
        {
            // The instance's own watch goes on.
        }
    }
}

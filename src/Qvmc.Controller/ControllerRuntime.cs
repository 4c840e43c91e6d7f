using Microsoft.Extensions.Hosting;
using Qvmc.Controller.Images;
using Qvmc.Controller.Nodes;
using Qvmc.Controller.Pulls;
using Qvmc.Controller.Reconcile;
using Qvmc.Controller.Records;
using Qvmc.Controller.Uploads;
using Qvmc.Images;

namespace Qvmc.Controller;

/// <summary>Starts what works in the background before the first call is taken, and ends it after the last.</summary>
internal sealed class ControllerRuntime(
    RecordLoader loader,
    ImageStore images,
    ImageSweep sweep,
    ImageRecordsCopy copy,
    ImagePulls pulls,
    ImageUploads uploads,
    NodeSessions nodes,
    Reconciler reconciler,
    TimeProvider time) : IHostedService, IDisposable
{
    // Hosts that answer at once are known before the first call; the others make nobody wait.
    private static readonly TimeSpan FirstAttemptLimit = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stopping = new();
    private Task _work = Task.CompletedTask;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        images.SweepPartial();
        await loader.LoadAsync(cancellationToken);
        copy.Write();
        sweep.Follow();
        pulls.Resume(_stopping.Token);
        _work = Task.WhenAll([uploads.RunAsync(_stopping.Token), reconciler.RunAsync(_stopping.Token), .. nodes.All.Select(n => n.RunAsync(_stopping.Token))]);
        await Task.WhenAny(
            Task.WhenAll(nodes.All.Select(n => n.FirstAttempt)), Task.Delay(FirstAttemptLimit, time, cancellationToken));
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_work, pulls.StopAsync()).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public void Dispose() => _stopping.Dispose();
}

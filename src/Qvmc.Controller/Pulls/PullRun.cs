using Qvmc.Core.Faults;
using Qvmc.Protos.Record.V1;

namespace Qvmc.Controller.Pulls;

/// <summary>A pull that is under way in this process.</summary>
internal sealed class PullRun(PullRecord record, CancellationToken stopping) : IDisposable
{
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(stopping);
    private readonly TaskCompletionSource<FaultException?> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What is pulled.</summary>
    public PullRecord Record { get; } = record;

    /// <summary>Ends when the pull has: with why it was given up, or null. Not when the controller stops.</summary>
    public Task<FaultException?> Ended => _ended.Task;

    /// <summary>The work in hand.</summary>
    public Task Work { get; set; } = Task.CompletedTask;

    /// <summary>Somebody wants it no more.</summary>
    public bool IsCancelled { get; private set; }

    public CancellationToken Stop => _stop.Token;

    public void Cancel()
    {
        IsCancelled = true;
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has just ended.
        }
    }

    public void SetEnded(FaultException? why) => _ended.TrySetResult(why);

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();
}

using System.Collections.Concurrent;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Qvmc.Controller.Images;
using Qvmc.Controller.Instances;
using Qvmc.Controller.Networks;
using Qvmc.Controller.Nodes;
using Qvmc.Controller.Records;
using Qvmc.Core.Faults;
using Qvmc.Core.Instances;

namespace Qvmc.Controller.Reconcile;

/// <summary>
/// Makes hosts follow the records. Every change of an instance, of its machine or of its host's link asks
/// <see cref="Plan"/> for the next step; a slow timer asks again for all, in case an event was lost. One step at a time
/// for each instance: an order and a removal never overtake one another.
/// </summary>
internal sealed partial class Reconciler(
    InstanceTable table, InstanceRecords records, RequestLedger ledger, NodeSessions nodes, OrderSender orders, ImageTaking taking, AddressReserving reserving, TimeProvider time, ILogger<Reconciler> log)
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, ReconcileJob> _jobs = new(StringComparer.Ordinal);
    private CancellationToken _stopping;

    /// <summary>Works until <paramref name="ct"/> ends, and ends when no step is in hand.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        _stopping = ct;
        table.Changed += OnChanged;
        try
        {
            Sweep();
            using var timer = new PeriodicTimer(SweepInterval, time);
            while (await timer.WaitForNextTickAsync(ct))
            {
                Sweep();
                await PruneAsync();
            }
        }
        catch (OperationCanceledException)
        {
        }
        finally
        {
            table.Changed -= OnChanged;
            await Task.WhenAll(_jobs.Values.Select(j => j.Running));
        }
    }

    private static PlanStep Next(InstanceState state) => Plan.Next(state.Record, state.Seen, state.Removed);

    private static bool IsUnmarked(InstanceState state) => state is { Placed: false, Seen.Machine: not null };

    private void OnChanged(string name, InstanceState? state)
    {
        if (state is null)
        {
            _jobs.TryRemove(name, out _);
        }
        else if (Next(state) != PlanStep.Nothing || IsUnmarked(state))
        {
            Signal(name);
        }
    }

    private void Sweep()
    {
        foreach (var (name, state) in table.All)
        {
            OnChanged(name, state);
        }
    }

    private void Signal(string name)
    {
        if (!_stopping.IsCancellationRequested)
        {
            _jobs.GetOrAdd(name, _ => new ReconcileJob()).Signal(job => WorkAsync(name, job));
        }
    }

    private async Task WorkAsync(string name, ReconcileJob job)
    {
        while (job.BeginRound())
        {
            try
            {
                if (table.Find(name) is { } state)
                {
                    await StepAsync(state, job);
                }
                else
                {
                    _jobs.TryRemove(name, out _);
                }
            }
            catch (Exception e) when (_stopping.IsCancellationRequested && e is (OperationCanceledException or RpcException))
            {
            }
            catch (Exception e)
            {
                // The store, or a defect of ours: neither may end the reconciling of this instance for good.
                Failed(e, name);
                RetryLater(name, job, job.Postpone(job.Situation, time, TimeSpan.FromSeconds(1)));
            }
        }
    }

    private async Task StepAsync(InstanceState state, ReconcileJob job)
    {
        if (IsUnmarked(state))
        {
            await records.MarkPlacedAsync(state);
        }

        var situation = ReconcileSituation.Of(state);
        if (job.IsPostponed(situation, time))
        {
            return;
        }

        switch (Next(state))
        {
            case PlanStep.Ensure or PlanStep.Remove when state.Seen.Host.Reachable && nodes.Find(state.Record.Node) is { } node:
                await SendAsync(node, state, job, situation);
                break;
            case PlanStep.Ensure or PlanStep.Remove:
                // The host's return is a change, which asks again.
                break;
            case PlanStep.Forget:
                await records.ForgetAsync(state, ledger.IsRecent(state.Record));
                break;
            case PlanStep.Overtake:
                Overtakes(state.Name, state.Generation, state.Seen.Machine!.Status.ObservedGeneration);
                await records.ChangeAsync(state.Name, "", s => Next(s) == PlanStep.Overtake ? Desire.Next(s.Record, s.Seen.Machine) : null);
                break;
            case PlanStep.TakeImage:
                await taking.TakeAsync(state);
                break;
            case PlanStep.ReserveAddresses:
                await ReserveAsync(state, job, situation);
                break;
            case PlanStep.Nothing:
                break;
        }
    }

    private async Task SendAsync(NodeSession node, InstanceState state, ReconcileJob job, ReconcileSituation situation)
    {
        var trouble = await orders.SendAsync(node, state, _stopping);
        if (trouble is null)
        {
            // The host will say so on its watch; until then there is nothing to repeat, but for the slow timer.
            job.Sent(situation, time, SweepInterval);
        }
        else
        {
            var first = trouble.Refused ? TimeSpan.FromSeconds(5) : TimeSpan.FromMilliseconds(500);
            RetryLater(state.Name, job, job.Postpone(situation, time, first));
        }

        table.SetTrouble(state.Name, state.Uid, trouble);
    }

    private async Task ReserveAsync(InstanceState state, ReconcileJob job, ReconcileSituation situation)
    {
        if (await reserving.ReserveAsync(state) is { } trouble)
        {
            // Somebody may give one back, or the operator a larger network.
            RetryLater(state.Name, job, job.Postpone(situation, time, TimeSpan.FromSeconds(5)));
            table.SetTrouble(state.Name, state.Uid, trouble);
        }
    }

    private void RetryLater(string name, ReconcileJob job, TimeSpan delay) => job.Wake(time.CreateTimer(_ => Signal(name), null, delay, Timeout.InfiniteTimeSpan));

    private async Task PruneAsync()
    {
        foreach (var requestId in ledger.Prune())
        {
            try
            {
                await records.DeleteKeyAsync(RecordKeys.Request(requestId));
            }
            catch (FaultException e)
            {
                // The next start of the controller deletes it.
                NotPruned(requestId, e.Message);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "reconciling {Name} failed; it is tried again")]
    private partial void Failed(Exception e, string name);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the record of request id {RequestId} could not be deleted: {Reason}")]
    private partial void NotPruned(string requestId, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the host of {Name} has seen generation {Observed}, the record has {Generation}: was the store put back from a backup? The record goes on from there")]
    private partial void Overtakes(string name, uint generation, uint observed);
}
